/// Names of what crosses the wire about cards and their accounts.

import { m } from "$lib/paraglide/messages";
import type { Article } from "$wire/Article";
import type { Basis } from "$wire/Basis";
import type { CardAct } from "$wire/CardAct";
import type { CardView } from "$wire/CardView";
import type { Cause } from "$wire/Cause";
import { message } from "$lib/words/errors";
import type { Code } from "$wire/Code";
import type { Movement } from "$wire/Movement";

const MOVEMENTS: Record<Movement, () => string> = {
    sale: () => m["movement.sale"](),
    refund: () => m["movement.refund"](),
    exchange: () => m["movement.exchange"](),
    top_up: () => m["movement.top_up"](),
    bonus_due: () => m["movement.bonus_due"](),
    card_refund: () => m["movement.card_refund"](),
    reissue: () => m["movement.reissue"](),
    expired: () => m["movement.expired"](),
    adjusted: () => m["movement.adjusted"](),
    other: () => m["movement.other"](),
};

const CAUSE_WORDS: Record<Cause, { name: () => string; about: () => string }> = {
    customer: { name: () => m["cause.customer"](), about: () => m["cause.customer_about"]() },
    cooling: { name: () => m["cause.cooling"](), about: () => m["cause.cooling_about"]() },
    merchant: { name: () => m["cause.merchant"](), about: () => m["cause.merchant_about"]() },
};

const BASES: Record<Basis, () => string> = {
    unused_within_cooling_period: () => m["basis.cooling"](),
    discounted: () => m["basis.discounted"](),
    list_price: () => m["basis.list_price"](),
    nothing: () => m["basis.nothing"](),
};

const ARTICLES: Record<Article, () => string> = {
    cooling_off: () => m["article.cooling_off"](),
    not_by_customer: () => m["article.not_by_customer"](),
    by_customer: () => m["article.by_customer"](),
};

/** Why a coupon of a list cannot be used now: a word or two where the sentence of a refusal speaks of a cart. */
export function whyNot(code: Code): string {
    switch (code) {
        case "coupon.expired":
            return m["why.coupon_expired"]();
        case "coupon.used":
            return m["why.coupon_used"]();
        case "coupon.taken_back":
            return m["why.coupon_taken_back"]();
        case "coupon.not_yet":
            return m["why.coupon_not_yet"]();
        case "clock.frozen":
            return m["why.clock"]();
        default:
            return message(code);
    }
}

export function movementName(what: Movement): string {
    return MOVEMENTS[what]();
}

export function causeName(cause: Cause): string {
    return CAUSE_WORDS[cause].name();
}

export function causeAbout(cause: Cause): string {
    return CAUSE_WORDS[cause].about();
}

export function basisName(basis: Basis): string {
    return BASES[basis]();
}

export function articleName(article: Article): string {
    return ARTICLES[article]();
}

export function cardStateName(card: CardView): string {
    if (card.why_not === "card.expired") return m["card.state_expired"]();
    switch (card.state) {
        case "active":
            return m["card.state_active"]();
        case "lost":
            return m["card.state_lost"]();
        case "replaced":
            return m["card.state_replaced"]();
        case "closed":
            return m["card.state_closed"]();
    }
}

/** What was done to a card, and for whom. */
export function cardActName(act: CardAct): string {
    switch (act.what) {
        case "lost":
            return m["act.lost"]();
        case "found":
            return m["act.found"]();
        case "reactivated":
            return m["act.reactivated"]();
        case "reissued":
            return m["act.reissue"]();
        case "member":
            return m["act.to_member"]({ name: act.to_name === null || act.to_name === "" ? m["member.no_name"]() : act.to_name });
    }
}

/** Sixteen digits in the groups they are printed in; a masked number as it came. */
export function cardGroups(no: string): string {
    return no.length === 16 ? (no.match(/.{4}/g) ?? [no]).join(" ") : no;
}
