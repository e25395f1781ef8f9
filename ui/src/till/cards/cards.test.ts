import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import type { CardView } from "$wire/CardView";
import type { Code } from "$wire/Code";
import type { TenderGiven } from "$wire/TenderGiven";
import type { TopUp as TopUpAsk } from "$wire/TopUp";
import { Cards } from "./cards.svelte";
import { TopUp } from "./top-up.svelte";
import { cardGroups } from "./words";

const card = (more: Partial<CardView> = {}): CardView => ({
    card_id: "k1", card_no: "8800000000001234", type_name: "储值卡", member_id: "m", member_name: "张", member_phone: "13800138000", member_full: true, principal_fen: 0, bonus_fen: 0, coming_bonus_fen: 0,
    state: "active", valid_until: null, why_not: null, opened_at: 0, ...more,
});
const member = { id: "m", name: "张", phone: "13800138000", card_no: null, tier: "", points: 0, full: true };
const TYPES = [
    { type_id: "t1", name: "储值卡", registered: true, plans: [{ name: "300", pay_fen: 30000, bonus_fen: 5000, parts: 1 }], free_least_fen: 1000, free_most_fen: 500000 },
    { type_id: "t2", name: "礼品卡", registered: false, plans: [], free_least_fen: 1000, free_most_fen: 100000 },
];

const paidBy = (tenders: TenderGiven[]) => tenders.reduce((sum, each) => sum + (each.kind === "cash" ? each.given_fen : each.kind === "named" ? each.amount_fen : 0), 0);

function counter(refuse: Record<string, Code[]> = {}) {
    const asked: [string, unknown][] = [];
    let ids = 0;
    const answers: Record<string, (request: never) => unknown> = {
        "card.types": () => ({ types: TYPES }),
        "card.ids": () => ({ card_id: `card-${++ids}`, top_up_id: `top-${ids}`, buyer_id: `buyer-${ids}` }),
        "card.find": ({ card_no }: { card_no: string }) => card({ card_no }),
        "card.get": ({ card_id }: { card_id: string }) => card({ card_id }),
        "card.of_member": () => ({ cards: [card(), card({ card_id: "k2" })] }),
        "card.open": ({ card_id, type_id }: { card_id: string; type_id: string }) => card({ card_id, type_name: type_id === "t1" ? "储值卡" : "礼品卡" }),
        "card.change": ({ change }: { change: { to: string } }) => card({ state: change.to === "lost" ? "lost" : "active" }),
        "card.reissue": ({ new_card_id }: { new_card_id: string }) => card({ card_id: new_card_id }),
        "card.refund_quote": ({ cause }: { cause: string }) => ({ card: card(), cause, refund_fen: cause === "merchant" ? 900 : 500, may_pay_cash: cause !== "merchant" }),
        "card.refund": () => ({ card: card({ state: "closed" }), tenders: [], sent: false }),
        "statement.card": () => ({ balance: 0, owed: 0, rows: [], next: null }),
        "pay.suggest": () => ({ tenders: [{ tender_id: "wx", name: "微信", wants_reference: false }, { tender_id: "tr", name: "转账", wants_reference: true }] }),
        "card.top_up_preview": ({ plan, amount_fen, tenders }: TopUpAsk) => {
            const due = plan === null ? (amount_fen ?? 0) : 30000;
            const paid = paidBy(tenders);
            if (tenders.some((each) => each.kind === "named" && each.amount_fen > due)) throw new Refusal("tender.over");
            return { principal_fen: due, buyer: null, identity_needed: false, transfer_needed: false, settlement: { due_fen: due, left_fen: Math.max(0, due - paid), change_fen: Math.max(0, paid - due), enough: paid >= due } };
        },
        "card.top_up": () => ({ card: card({ principal_fen: 30000 }), tenders: [], sent: false }),
        "card.receipt": () => ({ card: card({ principal_fen: 30000 }), tenders: [], sent: true }),
        "card.history": ({ card_id }: { card_id: string }) => ({ acts: [{ at: 0, what: "lost", reason: card_id }], buyer: { buyer_id: "b", name: "张**", full: false } }),
        "buyer.get": () => ({ buyer_id: "b", name: "张小明", full: true }),
    };
    const host: Host = {
        rpc: async (name, request) => {
            asked.push([name, request]);
            const code = refuse[name]?.shift();
            if (code !== undefined) throw new Refusal(code);
            return await (Promise.resolve(answers[name]?.(request as never)) as never);
        },
    };
    const of = (name: string) => asked.filter(([each]) => each === name).map(([, request]) => request);
    return { host, asked, of, cards: new Cards(host) };
}

const settled = () => new Promise((done) => setTimeout(done, 3));

describe("finding a card", () => {
    it("shows the one whose number was read, and its movements", async () => {
        const { cards, of } = counter();
        await cards.find(" 8800000000001234 ");
        expect([cards.card?.card_no, of("statement.card").length]).toEqual(["8800000000001234", 1]);
    });

    it("keeps the number that was read, when the node masks it in what comes later", async () => {
        const { cards } = counter();
        await cards.find("8800000000009999");
        await cards.follow();
        expect(cards.card?.card_no).toBe("8800000000009999");
        cards.begin("lost");
        await cards.doIt();
        expect([cards.card?.state, cards.card?.card_no]).toEqual(["lost", "8800000000009999"]);
    });

    it("lists a member's cards to choose from", async () => {
        const { cards } = counter();
        await cards.ofMember(member);
        expect([cards.card, cards.list?.length]).toEqual([null, 2]);
        cards.step(1);
        await cards.confirmFind();
        expect(cards.card?.card_id).toBe("k2");
        expect([cards.back(), cards.card, cards.back()]).toEqual([true, null, false]);
    });

    it("says why not, and keeps what was typed", async () => {
        const { cards } = counter({ "card.find": ["card.number_damaged"] });
        cards.text = "8800";
        await cards.confirmFind();
        expect([cards.refusal?.code, cards.text]).toEqual(["card.number_damaged", "8800"]);
    });
});

describe("topping up", () => {
    async function topping(refuse: Record<string, Code[]> = {}) {
        const at = counter(refuse);
        const topUp = new TopUp(at.host, card(), () => undefined);
        await topUp.load();
        await settled();
        return { ...at, topUp };
    }

    it("an offer in cash is three times Enter at most", async () => {
        const { topUp, of } = await topping();
        expect(topUp.preview?.principal_fen).toBe(30000);
        await topUp.confirm();
        expect(topUp.stage).toBe("pay");
        await topUp.confirm();
        expect(topUp.stage).toBe("done");
        expect(of("card.top_up")).toEqual([{ top_up_id: "top-1", card_id: "k1", plan: "300", amount_fen: null, tenders: [{ kind: "cash", given_fen: 30000 }], buyer_id: null }]);
    });

    it("takes any amount as typed where the type allows it", async () => {
        const { topUp, of } = await topping();
        for (const key of "88.5") topUp.key(key);
        await topUp.confirm();
        await topUp.confirm();
        expect(of("card.top_up")).toMatchObject([{ plan: null, amount_fen: 8850, tenders: [{ given_fen: 8850 }] }]);
    });

    it("says what Enter takes in cash", async () => {
        const { topUp } = await topping();
        await topUp.confirm();
        expect(topUp.cashFen).toBe(30000);
        for (const key of "100") topUp.key(key);
        expect(topUp.cashFen).toBe(10000);
        await topUp.confirm();
        expect(topUp.cashFen, "what is left is not taken without a word").toBe(0);
    });

    it("takes several ways to pay, all that is left by name, and gives one up again", async () => {
        const { topUp, of } = await topping();
        await topUp.confirm();
        for (const key of "100") topUp.key(key);
        await topUp.confirm();
        expect([topUp.stage, topUp.preview?.settlement.left_fen]).toEqual(["pay", 20000]);
        const [wechat] = topUp.named;
        if (wechat === undefined) throw new Error("no tender");
        await topUp.byName(wechat);
        topUp.erase();
        await settled();
        expect(topUp.given.length).toBe(1);
        await topUp.byName(wechat);
        await topUp.confirm();
        expect(of("card.top_up")).toMatchObject([{ tenders: [{ kind: "cash", given_fen: 10000 }, { kind: "named", amount_fen: 20000 }] }]);
    });

    it("does not keep a tender that is refused, and says why", async () => {
        const { topUp } = await topping();
        await topUp.confirm();
        const [wechat] = topUp.named;
        if (wechat === undefined) throw new Error("no tender");
        for (const key of "999") topUp.key(key);
        await topUp.byName(wechat);
        expect([topUp.refusal?.code, topUp.given, topUp.preview?.settlement.left_fen]).toEqual(["tender.over", [], 30000]);
    });

    it("keeps its name when the answer was lost", async () => {
        const { topUp, of } = await topping({ "card.top_up": ["server.unreachable"] });
        await topUp.confirm();
        await topUp.confirm();
        expect([topUp.stage, topUp.refusal?.code]).toEqual(["pay", "server.unreachable"]);
        await topUp.confirm();
        expect(of("card.top_up").map((ask) => (ask as TopUpAsk).top_up_id)).toEqual(["top-1", "top-1"]);
        expect(of("card.top_up")).toMatchObject([{ tenders: [{ given_fen: 30000 }] }, { tenders: [{ given_fen: 30000 }] }]);
    });

    it("says when the card's kind is not topped up, and does without named tenders", async () => {
        const { host } = counter({ "pay.suggest": ["cart.empty"] });
        const topUp = new TopUp(host, card({ type_name: "旧卡" }), () => undefined);
        await topUp.load();
        expect([topUp.refusal?.code, topUp.named]).toEqual(["card.not_offered", []]);
    });
});

describe("a receipt that stays in sight", () => {
    it("of a top-up says that it was sent once it was, and asks no more then", async () => {
        const { cards, of } = counter();
        await cards.find("1");
        await cards.beginTopUp();
        await settled();
        const { topUp } = cards;
        await cards.follow();
        expect(of("card.receipt")).toEqual([]);
        await topUp?.confirm();
        await topUp?.confirm();
        expect(topUp?.receipt?.sent).toBe(false);
        await cards.follow();
        expect([topUp?.receipt?.sent, of("card.receipt")]).toEqual([true, [{ card_id: "k1", top_up_id: "top-1" }]]);
        await cards.follow();
        expect(of("card.receipt").length).toBe(1);
    });

    it("of a card paid out too, and it stays where the node does not answer", async () => {
        const { cards, of } = counter({ "card.receipt": ["server.unreachable"] });
        await cards.find("1");
        cards.beginGiveBack();
        const { giveBack } = cards;
        if (giveBack === null) throw new Error("no panel");
        giveBack.reason = "x";
        await giveBack.pay();
        await cards.follow();
        expect(giveBack.receipt?.sent).toBe(false);
        await cards.follow();
        expect([giveBack.receipt?.sent, of("card.receipt").at(-1)]).toEqual([true, { card_id: "k1", top_up_id: null }]);
    });
});

describe("a card's past", () => {
    it("comes with its page, and its buyer in full when asked for", async () => {
        const { cards, of } = counter();
        await cards.openById("k7");
        await settled();
        expect([cards.past?.acts.map((act) => act.reason), cards.past?.buyer?.name]).toEqual([["k7"], "张**"]);
        await cards.past?.reveal();
        expect([cards.past?.buyer?.name, of("buyer.get")]).toEqual(["张小明", [{ buyer_id: "b" }]]);
        await cards.follow();
        expect(cards.past?.buyer?.full).toBe(true);
        expect([cards.back(), cards.past]).toEqual([true, null]);
    });

    it("stays masked for whom the node does not let see it", async () => {
        const { cards } = counter({ "buyer.get": ["permission.denied"] });
        await cards.openById("k7");
        await settled();
        await cards.past?.reveal();
        expect(cards.past?.buyer?.full).toBe(false);
    });
});

describe("what else a card can do", () => {
    it("is reported lost, with a reason where the node asks for one", async () => {
        const { cards } = counter({ "card.change": ["reason.needed"] });
        await cards.find("1");
        cards.begin("lost");
        await cards.doIt();
        expect([cards.refusal?.code, cards.act]).toEqual(["reason.needed", "lost"]);
        cards.reason = "卡丢失";
        await cards.doIt();
        expect([cards.card?.state, cards.act, cards.may("found"), cards.may("lost")]).toEqual(["lost", null, true, false]);
    });

    it.each(["found", "member", "reissue"] as const)("%s asks a manager where the node says so", async (act) => {
        const name = act === "reissue" ? "card.reissue" : "card.change";
        const { cards, of } = counter({ [name]: ["approval.needed", "pin.wrong"] });
        await cards.find("1");
        cards.begin(act, member);
        cards.reason = "x";
        await cards.doIt();
        expect([cards.asking, cards.refusal]).toEqual([true, null]);
        await cards.doIt({ staff_id: "w", pin: "1" });
        expect([cards.asking, cards.refusal?.code]).toEqual([true, "pin.wrong"]);
        await cards.doIt({ staff_id: "w", pin: "1001" });
        expect([cards.asking, cards.act]).toEqual([false, null]);
        expect(of(name)).toMatchObject([{ approval: null }, { approval: { pin: "1" } }, { approval: { pin: "1001" } }]);
    });

    it("re-issues under one name, however often it is sent", async () => {
        const { cards, of } = counter({ "card.reissue": ["server.unreachable"] });
        await cards.find("1");
        cards.begin("reissue");
        cards.reason = "卡损坏";
        await cards.doIt();
        await cards.doIt();
        expect(of("card.reissue")).toMatchObject([{ new_card_id: "card-1", card_no: null }, { new_card_id: "card-1" }]);
        expect(cards.card?.card_id).toBe("card-1");
    });

    it("passes to a member only once one is chosen", async () => {
        const { cards, of } = counter();
        await cards.find("1");
        cards.begin("member");
        cards.reason = "x";
        await cards.doIt();
        expect(cards.refusal?.code).toBe("card.member_needed");
        cards.begin("member", member);
        cards.reason = "x";
        await cards.doIt();
        expect(of("card.change")).toMatchObject([{ change: { to: "member", member_id: "m" } }]);
    });

    it("is opened for a member and topped up at once", async () => {
        const { cards, of } = counter();
        cards.member = member;
        await cards.open();
        expect(cards.opening?.type?.name).toBe("储值卡");
        await cards.opening?.open();
        await settled();
        expect(of("card.open")).toMatchObject([{ card_id: "card-1", type_id: "t1", member_id: "m", card_no: null }]);
        expect([cards.opening, cards.topUp?.stage]).toEqual([null, "choose"]);
    });

    it("is opened for nobody only where its kind is anonymous", async () => {
        const { cards, of } = counter();
        await cards.open();
        cards.opening?.choose(0);
        await cards.opening?.open();
        expect([cards.opening?.refusal?.code, of("card.open").length]).toEqual(["card.member_needed", 0]);
        cards.opening?.choose(1);
        await cards.opening?.open();
        expect(of("card.open")).toMatchObject([{ type_id: "t2", member_id: null }]);
    });

    it("is given back at the figure shown, with a reason and somebody who may", async () => {
        const { cards, of } = counter({ "card.refund": ["approval.needed", "pin.wrong"] });
        await cards.find("1");
        cards.beginGiveBack();
        const giving = cards.giveBack;
        if (giving === null) throw new Error("no panel");
        giving.choose("merchant");
        await giving.pay();
        expect(giving.refusal?.code).toBe("reason.needed");
        giving.reason = "x";
        await giving.pay();
        expect([giving.asking, giving.refusal]).toEqual([true, null]);
        await giving.pay({ staff_id: "w", pin: "1" });
        expect([giving.asking, giving.refusal?.code]).toEqual([true, "pin.wrong"]);
        await giving.pay({ staff_id: "w", pin: "1001" });
        expect([giving.asking, giving.receipt === null, cards.card?.state]).toEqual([false, false, "closed"]);
        expect(of("card.refund")).toMatchObject([{ refund_fen: 900 }, {}, { cause: "merchant", approval: { pin: "1001" } }]);
    });
});

describe("how a card is paid out", () => {
    async function giving() {
        const till = counter();
        await till.cards.find("1");
        till.cards.beginGiveBack();
        await settled();
        const { giveBack } = till.cards;
        if (giveBack === null) throw new Error("no panel");
        giveBack.reason = "x";
        return { giveBack, of: till.of };
    }
    const names = (ways: ({ name: string } | null)[]) => ways.map((way) => way?.name ?? "cash");

    it("is cash where the law lets it, else the chain's tenders, one key round them all", async () => {
        const { giveBack } = await giving();
        expect([names(giveBack.ways), giveBack.way]).toEqual([["cash", "微信", "转账"], null]);
        const seen = [0, 1, 2].map(() => (giveBack.nextWay(), giveBack.way?.name ?? "cash"));
        expect(seen).toEqual(["微信", "转账", "cash"]);
        giveBack.choose("merchant");
        await settled();
        expect([names(giveBack.ways), giveBack.way?.name]).toEqual([["微信", "转账"], "微信"]);
    });

    it("goes to the node, with the reference where the tender asks for one", async () => {
        const { giveBack, of } = await giving();
        giveBack.reference = " 6222 ";
        giveBack.pick(1);
        await giveBack.pay();
        expect(of("card.refund")).toMatchObject([{ by: { kind: "named", tender_id: "wx", reference: null } }]);
        const other = await giving();
        other.giveBack.reference = " 6222 ";
        other.giveBack.pick(2);
        await other.giveBack.pay();
        expect(other.of("card.refund")).toMatchObject([{ by: { kind: "named", tender_id: "tr", reference: "6222" } }]);
        const cash = await giving();
        await cash.giveBack.pay();
        expect(cash.of("card.refund")).toMatchObject([{ by: { kind: "cash" } }]);
    });
});

it("a number is read in fours", () => {
    expect([cardGroups("8800000000001234"), cardGroups("**** 1234")]).toEqual(["8800 0000 0000 1234", "**** 1234"]);
});
