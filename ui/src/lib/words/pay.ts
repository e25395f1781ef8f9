/// Words for how something was paid.

import { m } from "$lib/paraglide/messages";
import type { TenderView } from "$wire/TenderView";
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
    }
}

/** Basis points as a share: `1300` → `13 %`, `650` → `6.5 %`. */
export function rate(bp: number): string {
    const fraction = String(bp % 100).padStart(2, "0").replace(/0+$/, "");
    return `${(bp - (bp % 100)) / 100}${fraction === "" ? "" : `.${fraction}`} %`;
}
