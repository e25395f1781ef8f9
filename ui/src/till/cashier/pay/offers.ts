/// What the payment column offers besides cash, in one list, so that each has one key and one button.

import type { CardId } from "$wire/CardId";
import type { CardView } from "$wire/CardView";
import type { CouponOffer } from "$wire/CouponOffer";
import type { Fen } from "$wire/Fen";
import type { NamedTender } from "$wire/NamedTender";
import type { PaySuggestions } from "$wire/PaySuggestions";
import type { Points } from "$wire/Points";
import type { Settlement } from "$wire/Settlement";
import type { TenderGiven } from "$wire/TenderGiven";

export type Offer =
    | { kind: "card"; key: string; cardId: CardId; cardNo: string; typeName: string; availableFen: Fen }
    /** `takesTyped`: digits typed before it are a number of points. */
    | { kind: "points"; key: string; points: Points; worthFen: Fen; all: boolean; takesTyped: boolean }
    | { kind: "coupon"; key: string; coupon: CouponOffer }
    | { kind: "named"; key: string; tender: NamedTender };

/** A tender that asks for the terminal's reference before it counts. */
export interface Asking {
    tender: NamedTender;
    amountFen: Fen;
}

/** A member's card that was picked from the list, and waits for the card, its member's phone, or somebody who allows it. */
export interface Showing {
    cardId: CardId;
    typeName: string;
    amountFen: Fen;
}

/** In the order in which a cashier asks: the card, points, coupons, then the bank's machine. What is used up is left out. */
export function offersOf(suggestions: PaySuggestions | null, tenders: readonly TenderGiven[]): Offer[] {
    if (suggestions === null) return [];
    const used = new Set(tenders.flatMap((tender) => (tender.kind === "card" ? [tender.card_id] : [])));
    const cards = suggestions.cards
        .filter((card) => !used.has(card.card_id))
        .map<Offer>((card) => ({
            kind: "card", key: card.card_id, cardId: card.card_id, cardNo: card.card_no, typeName: card.type_name, availableFen: card.available_fen,
        }));
    const points = tenders.some((tender) => tender.kind === "points") ? [] : pointsOf(suggestions);
    return [
        ...cards,
        ...points,
        ...suggestions.coupons.map<Offer>((coupon) => ({ kind: "coupon", key: coupon.coupon_id, coupon })),
        ...suggestions.tenders.map<Offer>((tender) => ({ kind: "named", key: tender.tender_id, tender })),
    ];
}

function pointsOf({ points }: PaySuggestions): Offer[] {
    if (points === null) return [];
    const all: Offer = {
        kind: "points", key: "points", points: points.most_points, worthFen: points.most_fen, all: true, takesTyped: points.round_points === points.most_points,
    };
    if (all.takesTyped) return [all];
    return [{ kind: "points", key: "points-round", points: points.round_points, worthFen: points.round_fen, all: false, takesTyped: true }, all];
}

/** What a tender that gives no change may pay at most. The node's `left_fen` is what is left in cash, rounded. */
export function restFen(settlement: Settlement): Fen {
    return settlement.enough ? 0 : settlement.due_fen - settlement.paid_fen;
}

export function onCard(view: CardView): Fen {
    return view.principal_fen + view.bonus_fen;
}

/** A number of points; what is none is for the node to refuse. */
export function wholeTyped(text: string): number {
    return /^\d+$/.test(text) ? Number(text) : 0;
}

export type PaidCode = { kind: "coupon" | "card"; code: string };

/** What a code scanned or typed is to a till besides goods: a coupon's or a stored-value card's. Whether it is a right one
 * the node says. */
export function paidCode(text: string): PaidCode | null {
    const code = text.replace(/[\s-]/g, "").toUpperCase();
    if (/^HC[0-9A-Z]{16,20}$/.test(code)) return { kind: "coupon", code };
    if (/^88\d{14}$/.test(code)) return { kind: "card", code };
    return null;
}
