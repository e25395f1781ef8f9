/// The usual reasons, one key each.

import { m } from "$lib/paraglide/messages";

export function refundReasons(): string[] {
    return [m["reason.size"](), m["reason.faulty"](), m["reason.unwanted"](), m["reason.wrong_goods"](), m["reason.rung_twice"](), m["reason.dearer"]()];
}

export function cardReasons(): string[] {
    return [m["reason.card_lost"](), m["reason.card_broken"](), m["reason.customer_asks"](), m["reason.card_found"]()];
}
