/// What an operation was, in words. A kind that this program does not know stays as its writer wrote it.

import { m } from "$lib/paraglide/messages";

const KINDS = new Map<string, () => string>([
    ["chain.started", () => m["kind.chain.started"]()],
    ["store.set", () => m["kind.store.set"]()],
    ["device.set", () => m["kind.device.set"]()],
    ["device.revoked", () => m["kind.device.revoked"]()],
    ["staff.set", () => m["kind.staff.set"]()],
    ["product.set", () => m["kind.product.set"]()],
    ["rule.set", () => m["kind.rule.set"]()],
    ["member.registered", () => m["kind.member.registered"]()],
    ["lease.sealed", () => m["kind.lease.sealed"]()],
    ["member.changed", () => m["kind.member.changed"]()],
    ["sale", () => m["kind.sale"]()],
    ["refund", () => m["kind.refund"]()],
    ["exchange", () => m["kind.exchange"]()],
    ["buyer.recorded", () => m["kind.buyer.recorded"]()],
    ["card.opened", () => m["kind.card.opened"]()],
    ["card.topped_up", () => m["kind.card.topped_up"]()],
    ["card.bonus_due", () => m["kind.card.bonus_due"]()],
    ["card.changed", () => m["kind.card.changed"]()],
    ["card.reissued", () => m["kind.card.reissued"]()],
    ["card.refunded", () => m["kind.card.refunded"]()],
    ["coupons.issued", () => m["kind.coupons.issued"]()],
    ["batch.closed", () => m["kind.batch.closed"]()],
    ["points.expired", () => m["kind.points.expired"]()],
    ["points.adjusted", () => m["kind.points.adjusted"]()],
    ["tier.reviewed", () => m["kind.tier.reviewed"]()],
]);

export function kindName(kind: string): string {
    return KINDS.get(kind)?.() ?? kind;
}
