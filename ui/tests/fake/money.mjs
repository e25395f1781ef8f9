/// Made-up money for the canned node: coupons, cards, points and what tenders come to. It only has to look right.

const CARD_NO = "8800000000001234";

export const kinds = [
    { tender_id: "t-bank", name: "银行卡", wants_reference: true },
    { tender_id: "t-wx", name: "微信", wants_reference: false },
    { tender_id: "t-ali", name: "支付宝", wants_reference: false },
];

export const cards = [
    { card_id: "k1", card_no: "8812 **** **** 1234", full: CARD_NO, type_name: "储值卡", principal_fen: 6000, bonus_fen: 2000, why_not: null },
    { card_id: "k2", card_no: "8812 **** **** 9001", full: "8800000000009001", type_name: "礼品卡", principal_fen: 5000, bonus_fen: 0, why_not: "card.lost" },
];

/** A card that is shown, by its number or by the member who says whose it is. */
export function shown(by, Refused) {
    const card = cards.find((each) => (by.by === "number" ? each.full === by.card_no : each.card_id === by.card_id));
    if (card === undefined) throw new Refused("card.unknown");
    return card;
}

const DAY = 864e5;
export const coupons = [
    { coupon_id: "c1", name: "满 100 减 15", code: "HC0123456789ABCDEFGH", at_least: 10_000, off: 1500, why_not: null },
    { coupon_id: "c2", name: "新会员 10 元无门槛券", code: "HC0123456789ABCDEFGJ", at_least: 0, off: 1000, why_not: null },
    { coupon_id: "c3", name: "满 1000 减 120", code: "HC0123456789ABCDEFGK", at_least: 100_000, off: 12_000, why_not: null },
    { coupon_id: "c4", name: "中秋节 20 元券", code: "HC0123456789ABCDEFGM", at_least: 0, off: 2000, why_not: "coupon.expired" },
];

export const couponView = (coupon) => ({
    coupon_id: coupon.coupon_id, name: coupon.name, code: coupon.code, from: Date.now() - DAY, until: Date.now() + 20 * DAY, face_fen: coupon.off,
    at_least_fen: coupon.at_least, recall: "never", why_not: coupon.why_not,
});

/** The best of the coupons on the cart; the others wait. */
export function withCoupons(goodsFen, on) {
    const helping = on.filter((id) => goodsFen >= coupons.find((each) => each.coupon_id === id).at_least);
    const best = helping.sort((a, b) => find(b).off - find(a).off)[0];
    return on.map((id) => ({ coupon_id: id, name: find(id).name, off_fen: id === best ? find(id).off : 0 }));
}

const find = (id) => coupons.find((each) => each.coupon_id === id);

export function suggest(due, member, on) {
    const up = (step) => Math.ceil(due / step) * step;
    const most = Math.min(1200, Math.floor(due / 100) * 100);
    return {
        cash_fen: [...new Set([due - (due % 10), up(500), up(1000), up(5000), up(10_000)])].slice(0, 5),
        points: member === null ? null : { balance: 1240, round_points: Math.min(500, most), round_fen: Math.min(500, most), most_points: most, most_fen: most, step: 100 },
        cards: member === null ? [] : [{ card_id: "k1", card_no: "**** 1234", type_name: "储值卡", available_fen: 8000, pays_fen: Math.min(8000, due) }],
        coupons: member === null ? [] : coupons.filter((each) => each.why_not === null && !on.includes(each.coupon_id) && each.at_least <= due)
            .map((each) => ({ coupon_id: each.coupon_id, name: each.name, until: Date.now() + 20 * DAY, saves_fen: Math.min(each.off, due) })),
        tenders: kinds,
    };
}

export function settle(due, tenders, Refused, credit = 0) {
    let rest = due - Math.min(due, credit);
    const paid = credit > 0 ? [{ kind: "credit", amount_fen: Math.min(due, credit) }] : [];
    let cash = null;
    for (const tender of tenders) {
        if (tender.kind === "cash") {
            cash = (cash ?? 0) + tender.given_fen;
            continue;
        }
        const amount = tender.kind === "points" ? tender.points : tender.amount_fen;
        if (!(amount > 0)) throw new Refused("amount.invalid");
        if (tender.kind === "points" && tender.points % 100 !== 0) throw new Refused("points.step");
        if (tender.kind === "card" && amount > 8000) throw new Refused("card.too_little");
        if (amount > rest) throw new Refused("tender.over");
        rest -= amount;
        if (tender.kind === "card") {
            const bonus = Math.min(2000, amount);
            paid.push({ kind: "card", card_id: tender.card_id, card_no: "**** 1234", principal_fen: amount - bonus, bonus_fen: bonus });
        } else if (tender.kind === "points") paid.push({ kind: "points", points: tender.points, amount_fen: tender.points });
        else paid.push({ ...tender, name: kinds.find((each) => each.tender_id === tender.tender_id).name });
    }
    const payable = rest - (rest % 10);
    let change = 0, rounding = 0, left = payable, pays = 0;
    if (cash !== null) {
        pays = Math.min(cash, payable);
        change = cash - pays;
        left = payable - pays;
        rounding = left === 0 ? rest - pays : 0;
        paid.push({ kind: "cash", given_fen: cash, change_fen: change });
    }
    const enough = rest - pays - rounding === 0;
    return {
        due_fen: due, paid, paid_fen: due - rest + pays, left_fen: left, change_fen: change, rounding_fen: rounding, back_fen: Math.max(0, credit - due),
        points_earned: Math.floor(due / 100), gifts: [], gifts_taken: [], enough,
    };
}
