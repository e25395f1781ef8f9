/// Words for how something was paid.

import { m } from "$lib/paraglide/messages";
import type { Code } from "$wire/Code";
import type { TenderView } from "$wire/TenderView";
import { message } from "./errors";
import { grouped } from "./figures";

export function tenderName(tender: TenderView): string {
    switch (tender.kind) {
        case "cash":
            return m["pay.cash"]();
        case "card":
            return m["pay.card"]({ no: tender.card_no });
        case "points":
            return m["pay.points"]({ n: grouped(tender.points) });
        case "named":
            return tender.name;
        case "credit":
            return m["pay.credit"]();
        case "settled":
            return m["pay.settled"]({ no: tender.card_no });
    }
}

/** What of a card's number tells it from another: `··1234`. */
export function cardTail(cardNo: string): string {
    return `··${cardNo.replace(/\s/g, "").slice(-4)}`;
}

/** Why a coupon in a list cannot be used, in a word. */
export function couponWhyNot(code: Code): string {
    switch (code) {
        case "coupon.used":
            return m["coupons.why_used"]();
        case "coupon.expired":
            return m["coupons.why_expired"]();
        case "coupon.not_yet":
            return m["coupons.why_not_yet"]();
        case "coupon.not_yours":
            return m["coupons.why_not_yours"]();
        default:
            return message(code);
    }
}
