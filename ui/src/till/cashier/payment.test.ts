import { beforeEach, describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import type { CardShown } from "$wire/CardShown";
import type { CartView } from "$wire/CartView";
import type { PaySuggestions } from "$wire/PaySuggestions";
import type { Settlement } from "$wire/Settlement";
import type { TenderGiven } from "$wire/TenderGiven";
import type { TenderView } from "$wire/TenderView";
import { paidCode } from "./pay/offers";
import { Payment } from "./payment.svelte";

/** A node that settles as the real one does, as far as a screen can tell. */
class Node {
    due = 10_000;
    credit = 0;
    revision = 1;
    asked: string[] = [];
    refuse: Record<string, Refusal> = {};
    moved: Refusal | null = null;
    suggestions: PaySuggestions = {
        cash_fen: [10_000, 20_000],
        points: { balance: 1240, round_points: 500, round_fen: 500, most_points: 1200, most_fen: 1200, step: 100 },
        cards: [{ card_id: "card", card_no: "**** 1234", type_name: "储值卡", available_fen: 8000, pays_fen: 8000 }],
        coupons: [{ coupon_id: "coupon", name: "满100减15", until: 0, saves_fen: 1500 }],
        tenders: [{ tender_id: "bank", name: "银行卡", wants_reference: true }, { tender_id: "wx", name: "微信", wants_reference: false }],
    };

    host: Host = { rpc: (name, request) => this.#answer(name, request as Record<string, unknown>) as never };

    async #answer(name: string, request: Record<string, unknown>): Promise<unknown> {
        this.asked.push(`${name} ${JSON.stringify(request["tenders"] ?? request)}`);
        await new Promise((done) => setTimeout(done, 1));
        const refusal = this.refuse[name];
        if (refusal !== undefined) throw refusal;
        if (name === "pay.suggest") return this.#suggest(request["tenders"] as TenderGiven[]);
        if (name === "pay.card") return this.#shown(request["shown"] as CardShown);
        const settlement = this.settle(request["tenders"] as TenderGiven[]);
        if (name === "pay.preview") return settlement;
        if (!settlement.enough) throw new Refusal("tender.short");
        return { id: "sale", tenders: settlement.paid, change_fen: settlement.change_fen };
    }

    /** Points pay no more than what is left beside the other tenders. */
    #suggest(tenders: TenderGiven[]): PaySuggestions {
        const { points } = this.suggestions;
        const paid = tenders.reduce((sum, tender) => sum + (tender.kind === "card" || tender.kind === "named" ? tender.amount_fen : 0), 0);
        const most = Math.min(points?.most_points ?? 0, this.due - this.credit - paid);
        const fits = points === null ? null : { ...points, round_points: Math.min(points.round_points, most), most_points: most, most_fen: most };
        return { ...this.suggestions, points: fits };
    }

    /** Cards that were shown, or that need not be. */
    shown = new Set(["card"]);

    #shown(shown: CardShown): unknown {
        if (shown.by === "member" && shown.said !== "13812341234") throw new Refusal("card.not_shown");
        if (shown.by === "approval" && shown.approval.pin !== "1357") throw new Refusal("pin.wrong");
        const card_id = shown.by === "number" ? "found" : shown.card_id;
        this.shown.add(card_id);
        return { card_id, principal_fen: 2000, bonus_fen: 500, why_not: shown.by === "number" && shown.card_no === "8800000000000002" ? "card.lost" : null };
    }

    settle(tenders: TenderGiven[]): Settlement {
        if (tenders.some((tender) => tender.kind === "card" && !this.shown.has(tender.card_id))) throw new Refusal("card.not_shown");
        let rest = this.due - this.credit;
        const paid: TenderView[] = this.credit > 0 ? [{ kind: "credit", amount_fen: this.credit }] : [];
        let cash: number | null = null;
        for (const tender of tenders) {
            if (tender.kind === "cash") {
                cash = (cash ?? 0) + tender.given_fen;
                continue;
            }
            const amount = tender.kind === "points" ? tender.points : tender.amount_fen;
            if (amount > rest) throw new Refusal("tender.over");
            rest -= amount;
            if (tender.kind === "card") paid.push({ kind: "card", card_id: tender.card_id, card_no: "**** 1234", principal_fen: amount, bonus_fen: 0 });
            else if (tender.kind === "points") paid.push({ kind: "points", points: amount, amount_fen: amount });
            else paid.push({ ...tender, name: tender.tender_id });
        }
        const payable = rest - (rest % 10);
        const pays = Math.min(cash ?? 0, payable);
        const settled = cash !== null && pays === payable;
        if (cash !== null) paid.push({ kind: "cash", given_fen: cash, change_fen: cash - pays });
        return {
            due_fen: this.due, paid, paid_fen: this.due - rest + pays, left_fen: payable - pays, change_fen: (cash ?? 0) - pays, back_fen: 0, points_earned: 0, gifts: [], gifts_taken: [],
            rounding_fen: settled ? rest - pays : 0, enough: settled || rest === 0,
        };
    }

    cart(): CartView {
        const totals = { quantity_milli: 1000, goods_fen: this.due, off_fen: 0, added_tax_fen: 0, due_fen: this.due, points_earned: 0 };
        const nothing = { member: null, wallet: null, coupons: [], exchange: null, taxes: [], unproved: false };
        return { id: "cart", revision: this.revision, lines: [], totals, ...nothing };
    }
}

const quiet = () => new Promise((done) => setTimeout(done, 25));
let node: Node;
let payment: Payment;

async function begin(kept: TenderGiven[] = []): Promise<void> {
    const cart = {
        coupon: async () => {
            const refusal = node.refuse["cart.coupon"];
            if (refusal !== undefined) throw refusal;
            node.due -= 1500;
            node.revision++;
            return Promise.resolve(node.cart());
        },
        moved: (refusal: Refusal) => void (node.moved = refusal),
    };
    payment = new Payment(node.host, node.cart(), cart, kept);
    await payment.suggest();
    await quiet();
    node.asked = [];
}

function type(text: string): void {
    for (const character of text) payment.key(character);
}

const offer = (kind: string) => payment.offers.find((each) => each.kind === kind);
const sent = () => node.asked.filter((asked) => asked.startsWith("sale.pay"));

beforeEach(async () => {
    node = new Node();
    await begin();
});

describe("cash", () => {
    it("is the one key: Enter takes what is due, exactly", async () => {
        expect([payment.givenFen, payment.shown?.change_fen, payment.shown?.enough]).toEqual([10_000, 0, true]);
        await payment.confirm();
        expect(sent()).toEqual([`sale.pay [{"kind":"cash","given_fen":10000}]`]);
    });

    it("shows the node's change for what is typed, and no other while it is asked", async () => {
        type("150");
        expect(payment.shown).toBeNull();
        await quiet();
        expect(payment.shown?.change_fen).toBe(5000);
    });

    it("of too little is kept as a part, says so, and the rest is one key", async () => {
        type("60");
        expect(await payment.confirm()).toBeNull();
        expect([payment.refusal?.code, payment.typed, payment.rows.length, payment.shown?.left_fen]).toEqual(["tender.short", "", 1, 4000]);
        expect(payment.givenFen).toBe(4000);
        type("5");
        expect(payment.refusal).toBeNull();
        payment.erase();
        expect(await payment.confirm()).not.toBeNull();
        expect(sent().at(-1)).toBe(`sale.pay [{"kind":"cash","given_fen":6000},{"kind":"cash","given_fen":4000}]`);
    });

    it("of nothing pays what rounds to nothing", async () => {
        node.due = 8005;
        await begin();
        await payment.take(offer("card"));
        await quiet();
        expect([payment.shown?.left_fen, payment.enough, payment.givenFen]).toEqual([0, false, 0]);
        expect(await payment.confirm()).not.toBeNull();
    });
});

describe("other tenders", () => {
    it("pay all that is left, or what was typed before them", async () => {
        await payment.take(offer("card"));
        expect([payment.rows.length, payment.shown?.left_fen]).toEqual([1, 2000]);
        type("5");
        await payment.take(offer("named"));
        expect(payment.asking).toMatchObject({ amountFen: 500, tender: { name: "银行卡" } });
        await payment.refer(" T1 ");
        await payment.take(payment.offers.find((each) => each.key === "wx"));
        expect(payment.tenders).toEqual([
            { kind: "card", card_id: "card", amount_fen: 8000 },
            { kind: "named", tender_id: "bank", amount_fen: 500, reference: "T1" },
            { kind: "named", tender_id: "wx", amount_fen: 1500, reference: null },
        ]);
        expect([payment.enough, payment.givenFen]).toEqual([true, null]);
        await payment.confirm();
        expect(sent()).toHaveLength(1);
        expect(sent()[0]).not.toContain("cash");
    });

    it("that are a card of the list wait for its member, the card, or a manager", async () => {
        node.shown.clear();
        await payment.take(offer("card"));
        expect([payment.showing?.amountFen, payment.refusal, payment.tenders.length]).toEqual([8000, null, 0]);
        await payment.show("1234");
        expect([payment.showing === null, payment.refusal?.code]).toEqual([false, "card.not_shown"]);
        await payment.show(" 13812341234 ");
        expect([payment.showing, payment.tenders]).toEqual([null, [{ kind: "card", card_id: "card", amount_fen: 8000 }]]);
        payment.remove();
        await quiet();
        node.shown.clear();
        await payment.take(offer("card"));
        await payment.show("");
        expect(payment.approving).toBe(true);
        await payment.allow({ staff_id: "m", pin: "1" });
        expect([payment.approving, payment.refusal?.code]).toEqual([true, "pin.wrong"]);
        await payment.allow({ staff_id: "m", pin: "1357" });
        expect([payment.showing, payment.approving, payment.tenders.length]).toEqual([null, false, 1]);
        payment.remove();
        await quiet();
        node.shown.clear();
        await payment.take(offer("card"));
        await payment.show("8800000000000001");
        expect(payment.tenders).toEqual([{ kind: "card", card_id: "found", amount_fen: 2500 }]);
    });

    it("take points round, all of them, or as many as were typed, once", async () => {
        expect(payment.offers.filter((each) => each.kind === "points")).toMatchObject([{ points: 500 }, { points: 1200, all: true }]);
        type("300");
        await payment.take(offer("points"));
        expect(payment.tenders).toEqual([{ kind: "points", points: 300 }]);
        expect(offer("points")).toBeUndefined();
    });

    it("take as many points as a card has left to pay, and all again without it", async () => {
        node.due = 8500;
        await begin();
        await payment.take(offer("card"));
        expect(offer("points")).toMatchObject({ points: 500, all: true });
        await payment.take(offer("points"));
        expect([payment.refusal, payment.enough]).toEqual([null, true]);
        payment.remove(1);
        payment.remove(0);
        await quiet();
        expect(payment.offers.filter((each) => each.kind === "points")).toMatchObject([{ points: 500 }, { points: 1200, all: true }]);
    });

    it("leave a sum to Enter, which its key says where nothing was typed or chosen", async () => {
        expect(payment.takesFen).toBeNull();
        await payment.take(offer("card"));
        expect(payment.takesFen).toBe(2000);
        type("5");
        expect(payment.takesFen).toBeNull();
        payment.forget();
        expect(payment.takesFen).toBe(2000);
        payment.goToRewards();
        expect(payment.takesFen).toBeNull();
        payment.choose(0);
        await payment.take(payment.offers.find((each) => each.key === "wx"));
        expect([payment.enough, payment.takesFen]).toEqual([true, null]);
    });

    it("are reached by arrows, and Enter takes the marked one", async () => {
        payment.step(1);
        expect([payment.mark, payment.givenFen]).toEqual([{ on: "cash", at: 1 }, 20_000]);
        payment.step(1);
        expect(payment.mark).toEqual({ on: "offer", at: 0 });
        await payment.confirm();
        expect([payment.tenders.length, sent().length, payment.mark.on]).toEqual([1, 0, "cash"]);
        payment.goToRewards();
        expect(payment.offers[payment.mark.at]?.kind).toBe("points");
    });

    it("that are refused say why and leave what was entered and typed", async () => {
        await payment.take(offer("card"));
        type("90");
        await payment.take(payment.offers.find((each) => each.key === "wx"));
        expect([payment.refusal?.code, payment.typed, payment.tenders.length]).toEqual(["tender.over", "90", 1]);
        type("1");
        expect(payment.refusal).toBeNull();
    });

    it("go by Backspace, the last first, or the marked one; an exchange's credit stays", async () => {
        node.credit = 1000;
        await begin();
        await payment.take(payment.offers.find((each) => each.key === "points-round"));
        type("10");
        await payment.take(offer("card"));
        expect(payment.rows.map((row) => row.kind)).toEqual(["credit", "points", "card"]);
        payment.step(-1);
        payment.step(-1);
        expect(payment.mark).toEqual({ on: "row", at: 1 });
        payment.remove();
        await quiet();
        expect(payment.tenders.map((tender) => tender.kind)).toEqual(["card"]);
        payment.erase();
        await quiet();
        payment.erase();
        await quiet();
        expect([payment.tenders.length, payment.rows.map((row) => row.kind)]).toEqual([0, ["credit"]]);
    });

    it("wait for the cashier who went back to the cart", async () => {
        await begin([{ kind: "points", points: 500 }]);
        expect([payment.rows.length, payment.shown?.left_fen]).toEqual([1, 9500]);
    });
});

describe("codes", () => {
    it.each([
        ["HC0123456789ABCDEFGH", { kind: "coupon", code: "HC0123456789ABCDEFGH" }],
        ["hc01 2345 6789 ABCD EFGH", { kind: "coupon", code: "HC0123456789ABCDEFGH" }],
        ["8812345678901234", { kind: "card", code: "8812345678901234" }],
        ["6901234567892", null],
        ["881234567890123", null],
        ["HCX", null],
    ])("%s", (text, meant) => expect(paidCode(text)).toEqual(meant));

    it("a card pays what it can of what is left", async () => {
        await payment.cardNo("8800000000000001");
        expect(payment.tenders).toEqual([{ kind: "card", card_id: "found", amount_fen: 2500 }]);
    });

    it("a lost card says so", async () => {
        await payment.cardNo("8800000000000002");
        expect([payment.refusal?.code, payment.tenders.length]).toEqual(["card.lost", 0]);
    });

    it("a coupon lowers what is due under the tenders entered", async () => {
        await payment.take(offer("points"));
        await payment.coupon({ code: "HC", coupon_id: null });
        await quiet();
        expect([payment.dueFen, payment.cart.revision, payment.shown?.left_fen]).toEqual([8500, 2, 8000]);
        node.refuse["cart.coupon"] = new Refusal("coupon.used");
        await payment.coupon({ code: "HC", coupon_id: null });
        expect([payment.refusal?.code, payment.dueFen, payment.tenders.length]).toEqual(["coupon.used", 8500, 1]);
    });
});

describe("a cart that moved on", () => {
    it("is told of while tenders are entered", async () => {
        node.refuse["pay.preview"] = new Refusal("cart.changed");
        await payment.take(offer("card"));
        expect(node.moved?.code).toBe("cart.changed");
    });

    it("is not told of after a lost answer: the same is sent again", async () => {
        node.refuse["sale.pay"] = new Refusal("internal");
        await payment.confirm();
        node.refuse = { "pay.preview": new Refusal("cart.changed") };
        await payment.confirm();
        expect([node.moved, sent()[0] === sent()[1], sent().length]).toEqual([null, true, 2]);
    });
});

describe("an exchange worth more than the new goods", () => {
    it("is done by Enter alone", async () => {
        node.credit = node.due;
        await begin();
        expect([payment.enough, payment.givenFen, payment.shown?.enough]).toEqual([true, null, true]);
        await payment.confirm();
        expect(sent()).toEqual(["sale.pay []"]);
    });
});
