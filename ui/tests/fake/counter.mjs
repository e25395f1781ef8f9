/// Made-up refunds, cards and statements for the canned node. It only has to look right.

import { stores } from "./canned.mjs";
import { cards as payingCards, coupons, couponView, settle } from "./money.mjs";

const DAY = 864e5;
const AT = 1795000000000;
export const TYPES = [
    {
        type_id: "ct1", name: "储值卡", registered: true, free_least_fen: 10_000, free_most_fen: 500_000,
        plans: [
            { name: "充 300 送 50", pay_fen: 30_000, bonus_fen: 5_000, parts: 1 }, { name: "充 500 送 100", pay_fen: 50_000, bonus_fen: 10_000, parts: 1 },
            { name: "充 1000 送 240，按月到账", pay_fen: 100_000, bonus_fen: 24_000, parts: 12 }, { name: "充 2000 送 600", pay_fen: 200_000, bonus_fen: 60_000, parts: 1 },
        ],
    },
    { type_id: "ct2", name: "礼品卡", registered: false, free_least_fen: 5_000, free_most_fen: 100_000, plans: [] },
];

const cardOf = (more) => ({
    card_id: "k1", card_no: "8800000000001234", type_name: TYPES[0].name, member_id: "m0", member_name: "张晓雯", member_phone: "13800138000", member_full: true, principal_fen: 6000, bonus_fen: 2000, coming_bonus_fen: 18_000,
    state: "active", valid_until: null, why_not: null, opened_at: AT - 200 * DAY, ...more,
});

const buyerOf = (more) => ({ party: "person", kind: "resident_id", phone: null, agent: null, member_id: null, recorded_at: AT - 90 * DAY, full: false, ...more });
const masked = (number) => `${number[0]}${"*".repeat(number.length - 5)}${number.slice(-4)}`;

export function counterCommands({ Refused, state, members, sales, memberPage, goods }) {
    const cards = [
        cardOf({}),
        cardOf({ card_id: "k2", card_no: "8800000000009001", type_name: "礼品卡", member_id: null, member_name: null, member_phone: null, member_full: false, principal_fen: 5000, bonus_fen: 0, coming_bonus_fen: 0, valid_until: "2029-11-21" }),
        cardOf({ card_id: "k3", card_no: "8800000000007007", principal_fen: 120_050, bonus_fen: 0, coming_bonus_fen: 0, state: "lost", why_not: "card.lost" }),
    ];
    // Who has shown a document: the first member, unless a scene says otherwise.
    const buyers = [buyerOf({ buyer_id: "b0", name: "张**", number: "3***********1234", member_id: "m0", document: "330106199003071234" })];
    state.buyers = buyers;
    const buyerFor = (id, member) => buyers.find((each) => (id === null ? member !== null && each.member_id === member : each.buyer_id === id)) ?? null;
    // Who sees members masked sees them so on their cards.
    const seen = (card) => (state.session.staff?.role === "cashier" && card.member_name !== null
        ? { ...card, member_name: `${card.member_name[0]}**`, member_phone: `${card.member_phone.slice(0, 3)}****${card.member_phone.slice(7)}`, member_full: false }
        : { ...card });
    const acts = [
        ["lost", null, "顾客来电，卡丢在地铁上", 30], ["found", null, "本人带证件找回", 29], ["member", "张晓雯", "", 200],
    ].map(([what, to_name, reason, days]) => ({ at: AT - days * DAY, what, to_name, reason, store: stores[0], by: { id: "p2", name: "李小红", role: "cashier" }, approved_by: what === "lost" ? null : { id: "p1", name: "王敏", role: "manager" } }));
    const receipts = new Map();
    const returned = new Map();
    const mustCard = (id) => {
        const card = cards.find((each) => each.card_id === id);
        if (card === undefined) throw new Refused("card.unknown");
        return card;
    };
    const allowed = (reason, approval) => {
        if (reason.trim() === "") throw new Refused("reason.needed");
        if (state.session.staff.role === "manager") return;
        if (approval === null) throw new Refused("approval.needed");
        if (approval.pin !== "1001") throw new Refused("pin.wrong");
    };
    const document = (kind, number) => {
        if (number.length < (kind === "resident_id" || kind === "credit_code" ? 18 : 8)) throw new Refused("document.invalid");
    };
    const far = (id) => ({
        id, receipt_no: "NJX-2-000031", at: AT, day: "2026-11-21", store: stores[0], cashier: { id: "p2", name: "李小红", role: "cashier" },
        lines: goods.slice(0, 6).map((each, at) => ({
            no: at + 1, product_id: each.id, name: each.name, barcode: each.barcode, unit: each.unit, list_price_fen: each.price_fen, quantity_milli: at === 2 ? 3000 : 1000,
            off_fen: 0, amount_fen: each.price_fen, reasons: [], by_hand: false,
        })),
        totals: { quantity_milli: 8000, goods_fen: 50_640, off_fen: 0, added_tax_fen: 0, due_fen: 50_640, points_earned: 506 },
        tenders: [{ kind: "cash", given_fen: 50_640, change_fen: 0 }], change_fen: 0, rounding_fen: 0, taxes: [], refunds: [], exchanged: null,
        member: { id: "m0", name: "张晓雯", phone: "13800138000", points: 128 }, gifts: [], sent: true,
    });
    const saleOf = (id) => sales.find((sale) => sale.id === id) ?? far(id);
    const back = (id, no) => returned.get(`${id} ${no}`) ?? 0;
    const refundable = (sale) => sale.lines.map((line) => {
        const left = line.quantity_milli - back(sale.id, line.no) - (sale.id === "t0" && line.no === 4 ? line.quantity_milli : 0);
        return { no: line.no, name: line.name, unit: line.unit, sold_milli: line.quantity_milli, left_milli: left, left_fen: Math.round((line.amount_fen * left) / line.quantity_milli) };
    });
    function quoteOf(sale, lines) {
        const refunded = lines.map(({ no, quantity_milli }) => {
            const line = sale.lines.find((each) => each.no === no);
            return { no, name: line.name, unit: line.unit, quantity_milli, amount_fen: Math.round((line.amount_fen * quantity_milli) / line.quantity_milli) };
        });
        const total = refunded.reduce((sum, line) => sum + line.amount_fen, 0);
        const card = Math.min(4000, Math.floor(total / 2));
        return {
            total_fen: total, lines: refunded,
            tenders: [
                { kind: "card", card_id: "k1", card_no: "**** 1234", principal_fen: card - Math.floor(card / 4), bonus_fen: Math.floor(card / 4) },
                { kind: "points", points: 500, amount_fen: 500 }, { kind: "cash", given_fen: 0, change_fen: total - card - 500 },
            ],
            taxes: [], points_taken: Math.floor(total / 100), points_restored: 500, coupons: ["满 100 减 15"], gifts_taken: total > 10_000 ? ["满 100 送 10"] : [], points_owed: total > 30_000 ? 178 : 0,
        };
    }
    const found = (sale) => ({
        sale_id: sale.id, receipt_no: sale.receipt_no, at: sale.at, store: sale.store, member_name: sale.member?.name ?? null, total_fen: sale.totals.due_fen,
        left_fen: sale.id === "t2" ? 0 : sale.totals.due_fen,
    });
    const done = (id, sale, quote, reason) => ({
        id, receipt_no: "NJX-2-000044", at: Date.now(), store: stores[0], sale_receipt_no: sale?.receipt_no ?? null, lines: quote.lines, total_fen: quote.total_fen,
        tenders: quote.tenders, taxes: quote.taxes, points_taken: quote.points_taken, points_restored: quote.points_restored,
        coupons: quote.coupons ?? [], gifts_taken: quote.gifts_taken ?? [], points_owed: quote.points_owed ?? 0, reason, sent: true,
    });
    const movements = (what) => what.map(([name, note, amount, bonus], at) => ({
        at: AT - at * 3.3 * DAY, what: name, note, store: stores[at % 3], bonus: bonus ?? false, amount, balance: 8000 - at * 371,
    }));
    const preview = ({ card_id, plan, amount_fen, tenders, buyer_id }) => {
        const card = mustCard(card_id);
        const type = TYPES.find((each) => each.name === card.type_name);
        const chosen = type.plans.find((each) => each.name === plan);
        const pay = chosen?.pay_fen ?? amount_fen;
        if (chosen === undefined && (pay < type.free_least_fen || pay > type.free_most_fen)) throw new Refused("card.not_offered");
        if (!type.registered && card.principal_fen + pay > 100_000) throw new Refused("card.limit_anonymous");
        const buyer = buyerFor(buyer_id, card.member_id);
        const wants = buyer?.party === "company" && pay >= 500_000;
        if (wants && tenders.some((each) => each.kind === "cash")) throw new Refused("card.bank_transfer_needed");
        const parts = chosen?.parts ?? 1;
        const each = (chosen?.bonus_fen ?? 0) / parts;
        return {
            principal_fen: pay, bonus_fen: each, parts: Array.from({ length: parts - 1 }, (_, at) => ({ day: `2027-${String(at + 1).padStart(2, "0")}-21`, bonus_fen: each })),
            principal_after_fen: card.principal_fen + pay, bonus_after_fen: card.bonus_fen + each, settlement: settle(pay, tenders, Refused),
            buyer, identity_needed: type.registered && buyer === null, transfer_needed: wants,
        };
    };
    const receipt = (card, principal_fen, bonus_fen, tenders, change_fen) => ({
        receipt_no: "NJX-2-000045", at: Date.now(), store: stores[0], cashier: state.session.staff, plan: "", parts: [], rounding_fen: 0, card: { ...card }, principal_fen, bonus_fen, tenders, change_fen, sent: true,
    });

    return {
        "product.search": ({ text }) => ({ products: goods.filter((each) => each.barcode === text || each.name.includes(text) || each.initials.startsWith(text.toLowerCase())) }),
        "refund.find": ({ text, member_id }) => {
            if (text === "none" || text === "X-1") return { sales: [] };
            if (member_id !== null) return { sales: ["t0", "t1", "t2"].map((id, at) => found({ ...far(id), receipt_no: `${stores[at].code}-1-00120${at}`, store: stores[at], at: AT - at * 6 * DAY })) };
            return { sales: [found(sales.find((sale) => sale.receipt_no === text) ?? far("t0"))] };
        },
        "refund.start": ({ sale_id }) => {
            if (sale_id === "t1") throw new Refused("refund.elsewhere");
            const sale = saleOf(sale_id);
            const lines = refundable(sale);
            return { refund_id: `r-${Math.random()}`, sale, lines, left_fen: lines.reduce((sum, line) => sum + line.left_fen, 0) };
        },
        "refund.quote": ({ sale_id, lines }) => quoteOf(saleOf(sale_id), lines),
        "refund.pay": ({ of, shown }) => {
            const sale = saleOf(of.sale_id);
            const quote = quoteOf(sale, of.lines);
            if (JSON.stringify(quote) !== JSON.stringify(shown)) throw new Refused("cart.changed");
            allowed(of.reason, of.approval);
            for (const line of of.lines) returned.set(`${sale.id} ${line.no}`, back(sale.id, line.no) + line.quantity_milli);
            return done(of.refund_id, sale, quote, of.reason);
        },
        "refund.without_receipt": ({ refund_id, goods: lines, reason, approval }) => {
            allowed(reason, approval);
            const total = lines.reduce((sum, line) => sum + (line.price_fen * line.quantity_milli) / 1000, 0);
            const quote = { total_fen: total, lines: [], tenders: [{ kind: "cash", given_fen: 0, change_fen: total }], taxes: [], points_taken: 0, points_restored: 0 };
            return done(refund_id, null, quote, reason);
        },
        "card.types": () => ({ types: TYPES }),
        "card.ids": () => ({ card_id: `k-${Math.random()}`, top_up_id: `u-${Math.random()}`, buyer_id: `b-${Math.random()}` }),
        "buyer.find": ({ kind, number }) => {
            document(kind, number);
            return { buyer: buyers.find((each) => each.document === number) ?? null };
        },
        "buyer.record": ({ buyer_id, kind, number, name, phone, agent, member_id }) => {
            document(kind, number);
            if (name.trim() === "") throw new Refused("name.invalid");
            if (kind === "credit_code" && agent === null) throw new Refused("buyer.agent_needed");
            const company = kind === "credit_code";
            const by = agent === null ? null : { name: `${agent.name[0]}**`, kind: agent.kind, number: masked(agent.number) };
            buyers.unshift(buyerOf({ buyer_id, party: company ? "company" : "person", name: company ? name : `${name[0]}**`, kind, number: masked(number), phone, agent: by, member_id, document: number, recorded_at: Date.now() }));
            return buyers[0];
        },
        "card.find": ({ card_no }) => {
            const paying = payingCards.find((each) => each.full === card_no);
            const card = cards.find((each) => each.card_no === card_no);
            if (card === undefined && paying === undefined) throw new Refused(/^88\d{14}$/.test(card_no) ? "card.unknown" : "card.number_invalid");
            return seen(card ?? paying);
        },
        "card.get": ({ card_id }) => seen(mustCard(card_id)),
        "card.of_member": ({ member_id }) => ({ cards: cards.filter((each) => each.member_id === member_id).map(seen) }),
        "card.history": ({ card_id }) => ({ acts: card_id === "k1" ? acts : [], buyer: buyerFor(null, mustCard(card_id).member_id) }),
        "card.receipt": ({ top_up_id }) => ({ ...receipts.get(top_up_id), sent: state.unsent === 0 }),
        "buyer.get": ({ buyer_id }) => ({ ...buyers.find((each) => each.buyer_id === buyer_id), name: "张晓雯", number: "330106199003071234", phone: "13800138000", full: true }),
        "card.open": ({ card_id, type_id, member_id, card_no }) => {
            const type = TYPES.find((each) => each.type_id === type_id);
            const member = members.find((each) => each.card.id === member_id)?.card;
            const card = cardOf({
                card_id, card_no: card_no ?? "8800000000005555", type_name: type.name, member_id, member_name: member?.name ?? null, member_phone: member?.phone ?? null, member_full: true, principal_fen: 0, bonus_fen: 0, coming_bonus_fen: 0,
                valid_until: type.registered ? null : "2029-11-21", opened_at: Date.now(),
            });
            cards.push(card);
            return { ...card };
        },
        "card.top_up_preview": preview,
        "card.top_up": (ask) => {
            const made = preview(ask);
            if (made.identity_needed) throw new Refused("card.identity_needed");
            if (!made.settlement.enough) throw new Refused("tender.short");
            const card = mustCard(ask.card_id);
            card.principal_fen = made.principal_after_fen;
            card.bonus_fen = made.bonus_after_fen;
            const done = { ...receipt(card, made.principal_fen, made.bonus_fen, made.settlement.paid, made.settlement.change_fen), parts: made.parts, sent: state.unsent === 0 };
            receipts.set(ask.top_up_id, done);
            return done;
        },
        "card.change": ({ card_id, change, reason, approval }) => {
            if (change.to === "found" || change.to === "member") allowed(reason, approval);
            const card = mustCard(card_id);
            if (change.to === "member") {
                const member = members.find((each) => each.card.id === change.member_id).card;
                Object.assign(card, { member_id: member.id, member_name: member.name, member_phone: member.phone, valid_until: null });
            } else Object.assign(card, change.to === "lost" ? { state: "lost", why_not: "card.lost" } : { state: "active", why_not: null });
            return { ...card };
        },
        "card.reissue": ({ card_id, new_card_id, card_no, reason, approval }) => {
            allowed(reason, approval);
            const card = mustCard(card_id);
            const made = { ...card, card_id: new_card_id, card_no: card_no ?? "8800000000006666", state: "active", why_not: null };
            Object.assign(card, { state: "replaced", why_not: "card.replaced", principal_fen: 0, bonus_fen: 0 });
            cards.push(made);
            return { ...made };
        },
        "card.refund_quote": ({ card_id, cause }) => {
            if (cause === "cooling") throw new Refused("card.cooling_over");
            return {
                card: mustCard(card_id), cause, basis: cause === "merchant" ? "discounted" : "list_price", article: cause === "merchant" ? "not_by_customer" : "by_customer",
                paid_fen: 30_000, gift_fen: 5_000, used_fen: 27_000, charged_fen: 25_650, cooling_fen: null, discounted_fen: 6_857, list_price_fen: 3_000, refund_fen: cause === "merchant" ? 6_857 : 3_000, may_pay_cash: true,
            };
        },
        "card.refund": ({ card_id, reason, refund_fen, by, approval }) => {
            allowed(reason, approval);
            const card = mustCard(card_id);
            const answer = { principal: -card.principal_fen, bonus: -card.bonus_fen };
            Object.assign(card, { state: "closed", why_not: "card.closed", principal_fen: 0, bonus_fen: 0, coming_bonus_fen: 0 });
            return receipt(card, answer.principal, answer.bonus, [by.kind === "cash" ? { kind: "cash", given_fen: 0, change_fen: refund_fen } : { kind: "named", tender_id: by.tender_id, name: "微信", amount_fen: refund_fen, reference: by.reference }], 0);
        },
        "coupon.of_member": () => ({ coupons: coupons.map(couponView) }),
        "coupon.kinds": () => ({ kinds: [{ template_id: "tp1", name: "满 100 减 15", face_fen: 1500, at_least_fen: 10_000 }, { template_id: "tp2", name: "生日 9 折", face_fen: null, at_least_fen: 0 }] }),
        "coupon.issue": ({ count }) => {
            if (count > 5) throw new Refused("coupon.enough");
            return { coupons: coupons.slice(0, 1).map(couponView) };
        },
        "statement.points": ({ after }) => ({
            balance: 128, owed: after === null ? 78 : 0, next: after === null ? "p2" : null,
            rows: movements([["sale", "NJX-1-001200", 89], ["refund", "NJX-2-000044", -178], ["expired", "", -320], ["adjusted", "活动补发积分", 200], ["sale", "XJH-1-001163", 106], ["exchange", "WJC-1-001126", -12], ["sale", "NJX-1-001089", 123]]),
        }),
        "statement.card": () => ({
            balance: 8000, owed: 0, next: null,
            rows: movements([
                ["sale", "NJX-1-001200", -4250], ["sale", "NJX-1-001200", -1750, true], ["top_up", "充 300 送 50", 30_000], ["top_up", "充 300 送 50", 5_000, true],
                ["bonus_due", "第 2 期", 2_000, true], ["refund", "XJH-1-000031", 1_990], ["sale", "WJC-1-000918", -26_900],
            ]),
        }),
        "statement.drawer": ({ day }) => ({
            day: day ?? "2026-11-21", day_before: "2026-11-20", day_after: day === null ? null : "2026-11-21",
            cash: {
                from_at: 0, until_at: 86_400_000, opening_fen: 20_000, received_fen: 38_970, paid_fen: 1_780, closing_fen: 57_190, next: null,
                rows: movements([["sale", "NJX-1-001200", 8_970], ["refund", "NJX-1-001199", -1_780], ["top_up", "NJX-1-001198 充 300 送 50", 30_000]]),
            },
        }),
        "member.get": (ask) => ({
            ...memberPage(ask.id),
            next_tier: { name: "金卡", missing: 117_360, by: "spend" }, services: ["生日双倍积分", "免费送货", "专属客服"],
            points_lapsed: 0, buyer: buyerFor(null, ask.id),
            points_expiring: [{ day: "2026-12-31", points: 320, soon: true }, { day: "2027-12-31", points: 88, soon: false }],
            cards: ask.id === "m0" ? cards.filter((each) => each.member_id === "m0") : [], coupons: coupons.map(couponView),
            timeline: memberPage(ask.id).timeline.map((item, at) => ({ refunded_fen: at === 2 ? 3_990 : 0, ...item })),
        }),
    };
}
