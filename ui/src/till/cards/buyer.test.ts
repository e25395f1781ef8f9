import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import type { BuyerFind } from "$wire/BuyerFind";
import type { BuyerRecord } from "$wire/BuyerRecord";
import type { BuyerView } from "$wire/BuyerView";
import type { CardView } from "$wire/CardView";
import type { Code } from "$wire/Code";
import type { TopUp as TopUpAsk } from "$wire/TopUp";
import { BuyerForm } from "./buyer.svelte";
import { TopUp } from "./top-up.svelte";

const view = (more: Partial<BuyerView> = {}): BuyerView => ({
    buyer_id: "b1", party: "person", name: "张**", kind: "resident_id", number: "1*************002X", phone: null, agent: null, member_id: null, recorded_at: 0,
    full: false, ...more,
});
const KNOWN = "12345678";
const card = (more: Partial<CardView> = {}): CardView => ({
    card_id: "k1", card_no: "8800", type_name: "储值卡", member_id: "m", member_name: "张小明", member_phone: "13812341234", member_full: true, principal_fen: 0, bonus_fen: 0, coming_bonus_fen: 0, state: "active",
    valid_until: null, why_not: null, opened_at: 0, ...more,
});

/** A node that knows one document, takes no number of less than eight, and wants one recorded. */
function node(refuse: Record<string, Code[]> = {}, own: BuyerView | null = null) {
    const asked: [string, unknown][] = [];
    let ids = 0;
    const answers: Record<string, (request: never) => unknown> = {
        "card.ids": () => ({ card_id: "k", top_up_id: "t1", buyer_id: `b-${++ids}` }),
        "card.types": () => ({ types: [{ type_id: "t", name: "储值卡", registered: true, plans: [{ name: "300", pay_fen: 30000, bonus_fen: 0, parts: 1 }], free_least_fen: null, free_most_fen: null }] }),
        "pay.suggest": () => ({ tenders: [] }),
        "buyer.find": ({ number }: BuyerFind) => {
            if (number.length < 8) throw new Refusal("document.invalid");
            return { buyer: number === KNOWN ? view({ buyer_id: "known" }) : null };
        },
        "buyer.record": ({ buyer_id, kind }: BuyerRecord) => view({ buyer_id, kind }),
        "card.top_up_preview": ({ buyer_id }: TopUpAsk) => {
            const buyer = buyer_id === null ? own : view({ buyer_id });
            return { principal_fen: 30000, buyer, identity_needed: buyer === null, transfer_needed: false, settlement: { due_fen: 30000, left_fen: 30000, change_fen: 0, enough: false } };
        },
    };
    const host: Host = {
        rpc: async (name, request) => {
            asked.push([name, request]);
            const code = refuse[name]?.shift();
            if (code !== undefined) throw new Refusal(code);
            return await (Promise.resolve().then(() => answers[name]?.(request as never)) as never);
        },
    };
    const of = (name: string) => asked.filter(([each]) => each === name).map(([, request]) => request);
    return { host, of };
}

function form(at = node(), member: { id: string; name: string; phone: string } | null = { id: "m", name: "张小明", phone: "13812341234" }, own: BuyerView | null = null) {
    const done: BuyerView[] = [];
    return { form: new BuyerForm(at.host, member, own, (buyer) => done.push(buyer)), done, of: at.of };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 3));

describe("a buyer's document", () => {
    it("is the member's own at first, with the name and the phone that may be seen", async () => {
        const { form: asked, done, of } = form();
        expect([asked.who, asked.name, asked.phone, asked.choices]).toEqual(["member", "张小明", "13812341234", ["member", "person", "company"]]);
        asked.choose("person");
        expect([asked.name, asked.phone]).toEqual(["", ""]);
        asked.phone = "13900001111";
        asked.choose("member");
        expect([asked.name, asked.phone], "what was typed stays").toEqual(["张小明", "13900001111"]);
        asked.document.number = "E12345678";
        asked.kind = "passport";
        asked.phone = " ";
        await asked.record();
        expect(of("buyer.record")).toEqual([{ buyer_id: "b-1", kind: "passport", number: "E12345678", name: "张小明", phone: null, agent: null, member_id: "m" }]);
        expect(done.map((each) => each.buyer_id)).toEqual(["b-1"]);
    });

    it("is somebody's, where nobody is known for the card", () => {
        const { form: asked } = form(node(), null);
        expect([asked.who, asked.choices]).toEqual(["person", ["person", "company"]]);
    });

    it("that is none is said beside its field, and nothing is recorded", async () => {
        const { form: asked, done, of } = form();
        asked.document.number = "123";
        expect(await asked.document.look()).toBe(false);
        expect([asked.document.refusal?.code, asked.refusal]).toEqual(["document.invalid", null]);
        await asked.record();
        expect([done, of("buyer.record")]).toEqual([[], []]);
        asked.document.number = "";
        expect([await asked.document.look(), asked.document.refusal]).toEqual([true, null]);
    });

    it("that is on record is enough by itself", async () => {
        const { form: asked, done, of } = form();
        asked.choose("person");
        expect(asked.name).toBe("");
        asked.document.number = KNOWN;
        await asked.document.look();
        expect(asked.known?.buyer_id).toBe("known");
        await asked.record();
        expect([done.map((each) => each.buyer_id), of("buyer.record")]).toEqual([["known"], []]);
    });

    it("of a member that is on record is used again", async () => {
        const { form: asked, done, of } = form(node(), undefined, view({ buyer_id: "own" }));
        await asked.record();
        expect([done.map((each) => each.buyer_id), of("buyer.record")]).toEqual([["own"], []]);
    });

    it("of a company goes with who acts for it", async () => {
        const { form: asked, of } = form();
        asked.choose("company");
        asked.name = "湖滨贸易";
        asked.document.number = "91350100M000100Y43";
        asked.agentName = "李秀英";
        asked.agent.number = "1";
        await asked.record();
        expect([asked.agent.refusal?.code, of("buyer.record")]).toEqual(["document.invalid", []]);
        asked.agent.number = "11010519491231002X";
        await asked.record();
        expect(of("buyer.record")).toMatchObject([{ kind: "credit_code", name: "湖滨贸易", agent: { name: "李秀英", kind: "resident_id" }, member_id: null }]);
    });

    it("comes from a reader into the field that wants it", () => {
        const { form: asked } = form();
        asked.scanned("11010519491231002x");
        expect([asked.document.number, asked.agent.number]).toEqual(["11010519491231002X", ""]);
        asked.choose("company");
        asked.document.number = "91350100M000100Y43";
        asked.scanned("440524188001010014");
        expect([asked.document.number, asked.agent.number]).toEqual(["91350100M000100Y43", "440524188001010014"]);
        expect([asked.document.isRead, asked.agent.isRead]).toEqual([false, true]);
    });

    it("that was read is said to be, until it is changed, and where it is one at all", async () => {
        const { form: asked } = form();
        expect(asked.document.isRead).toBe(false);
        asked.scanned("11010519491231002x");
        expect(asked.document.isRead).toBe(true);
        asked.document.number = "11010519491231002";
        expect(asked.document.isRead).toBe(false);
        asked.scanned("123");
        await settled();
        expect([asked.document.refusal?.code, asked.document.isRead]).toEqual(["document.invalid", false]);
    });

    it("is recorded under one name, however often it is sent", async () => {
        const { form: asked, of } = form(node({ "buyer.record": ["server.unreachable"] }));
        asked.document.number = "E12345678";
        await asked.record();
        expect(asked.refusal?.code).toBe("server.unreachable");
        await asked.record();
        expect(of("buyer.record")).toMatchObject([{ buyer_id: "b-1" }, { buyer_id: "b-1" }]);
    });
});

describe("a top-up", () => {
    async function topping(own: BuyerView | null, of = card()) {
        const at = node({}, own);
        const topUp = new TopUp(at.host, of, () => undefined);
        await topUp.load();
        await settled();
        return { ...at, topUp };
    }

    it("asks for the document before the money, and goes on with it", async () => {
        const { topUp, of } = await topping(null);
        await topUp.confirm();
        expect([topUp.stage, topUp.form?.who]).toEqual(["choose", "member"]);
        if (topUp.form !== null) topUp.form.document.number = "E12345678";
        await topUp.confirm();
        await settled();
        expect([topUp.form, topUp.preview?.buyer?.buyer_id]).toEqual([null, "b-2"]);
        await topUp.confirm();
        expect([topUp.stage, of("card.top_up_preview").at(-1)]).toMatchObject(["pay", { buyer_id: "b-2" }]);
    });

    it("asks for none where one is on record, and takes another buyer and the first again", async () => {
        const { topUp } = await topping(view({ buyer_id: "own" }));
        topUp.beginBuyer();
        topUp.form?.choose("person");
        if (topUp.form !== null) topUp.form.document.number = KNOWN;
        await topUp.confirm();
        await settled();
        expect(topUp.preview?.buyer?.buyer_id).toBe("known");
        topUp.beginBuyer();
        await topUp.confirm();
        await settled();
        expect(topUp.preview?.buyer?.buyer_id).toBe("own");
        await topUp.confirm();
        expect(topUp.stage).toBe("pay");
    });

    it("is left as it was when the document is not shown", async () => {
        const { topUp } = await topping(null, card({ member_name: "张**", member_phone: "138****1234", member_full: false }));
        topUp.beginBuyer();
        expect([topUp.form?.name, topUp.form?.phone], "what is masked is nothing to write down").toEqual(["", ""]);
        expect([topUp.back(), topUp.form, topUp.back()]).toEqual([true, null, false]);
    });
});
