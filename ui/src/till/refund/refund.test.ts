import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import type { RefundAsk } from "$wire/RefundAsk";
import type { RefundPay } from "$wire/RefundPay";
import { BlindRefund } from "./blind.svelte";
import { freshId } from "./fresh-id";
import { Refunding } from "./refund.svelte";

const store = { id: "s", code: "AA", name: "AA" };
const sale = (id: string) => ({ sale_id: id, receipt_no: id, at: 0, store, member_name: null, total_fen: 1000, left_fen: 1000 });

/** A counter whose sales have two lines: three pieces, and 0.4 kg of something weighed. */
function counter(refuse: Record<string, string[]> = {}, onCart: { id: string } | null = null) {
    const asked: [string, unknown][] = [];
    let left = 3000;
    let refunds = 0;
    let exchanged = 0;
    const answers: Record<string, (request: never) => unknown> = {
        "refund.find": ({ text, member_id }: { text: string | null; member_id: string | null }) => ({
            sales: text === "none" ? [] : member_id !== null || text === "many" ? [sale("R1"), sale("R2")] : [sale("R1")],
        }),
        "refund.start": ({ sale_id }: { sale_id: string }) => ({
            refund_id: `refund-${++refunds}`,
            sale: { id: sale_id, lines: [{ no: 1, barcode: "690" }, { no: 2, barcode: "691" }], member: { id: "buyer" } },
            lines: [
                { no: 1, name: "a", unit: "", sold_milli: 3000, left_milli: left, left_fen: 600 },
                { no: 2, name: "b", unit: "kg", sold_milli: 400, left_milli: 400, left_fen: 400 },
            ],
            left_fen: 1000,
        }),
        "refund.quote": ({ lines }: RefundAsk) => ({ total_fen: lines.reduce((sum, line) => sum + line.quantity_milli, 0), tenders: [] }),
        "refund.pay": ({ of }: RefundPay) => ({ id: of.refund_id, receipt_no: "T-1" }),
        "cart.exchange": () => ({ member: onCart }),
    };
    const host: Host = {
        rpc: (name, request) => {
            asked.push([name, request]);
            const code = refuse[name]?.shift();
            if (code !== undefined) {
                if (code === "cart.changed") left = 1000;
                return Promise.reject(new Refusal(code as "internal"));
            }
            return Promise.resolve(answers[name]?.(request as never)) as never;
        },
    };
    const refund = new Refunding(host, () => void exchanged++);
    return { refund, asked, last: () => asked.at(-1), exchanges: () => exchanged };
}

const settled = () => new Promise((done) => setTimeout(done, 2));

describe("finding the sale", () => {
    it("opens the only one a number names, and lists several", async () => {
        const one = counter();
        await one.refund.find("R1");
        expect(one.refund.stage).toBe("lines");
        const many = counter();
        many.refund.text = "many";
        await many.refund.confirmFind();
        expect([many.refund.stage, many.refund.sales?.length]).toEqual(["find", 2]);
        many.refund.step(1);
        await many.refund.confirmFind();
        expect(many.refund.view?.sale.id).toBe("R2");
    });

    it("says when there is none, and keeps what was typed", async () => {
        const { refund } = counter();
        refund.text = "none";
        await refund.confirmFind();
        expect([refund.refusal?.code, refund.text]).toEqual(["sale.unknown", "none"]);
    });
});

describe("choosing what comes back", () => {
    it("takes pieces one by one, weighed goods whole, and never more than is left", async () => {
        const { refund } = counter();
        await refund.find("R1");
        for (let n = 0; n < 5; n++) refund.change(1);
        refund.change(-1);
        refund.stepLine(1);
        refund.change(1);
        expect(refund.lines).toEqual([{ no: 1, quantity_milli: 2000 }, { no: 2, quantity_milli: 400 }]);
        await settled();
        expect(refund.quote?.total_fen).toBe(2400);
    });

    it("takes all with one key, and gives it up with the same", async () => {
        const { refund } = counter();
        await refund.find("R1");
        refund.all();
        expect(refund.allChosen).toBe(true);
        refund.all();
        expect([refund.lines, refund.quote]).toEqual([[], null]);
    });

    it("takes a quantity as typed, and says when it is too much", async () => {
        const { refund } = counter();
        await refund.find("R1");
        refund.key("2");
        expect(refund.chosen[1]).toBe(2000);
        refund.key("5");
        expect([refund.refusal?.code, refund.chosen[1]]).toEqual(["refund.too_much", undefined]);
        refund.stepLine(1);
        for (const key of "0.25") refund.key(key);
        expect(refund.chosen[2]).toBe(250);
        refund.erase();
        expect(refund.chosen[2]).toBe(200);
    });

    it("a scan of goods takes one of them", async () => {
        const { refund } = counter();
        await refund.find("R1");
        refund.scanned("691");
        expect([refund.lineAt, refund.chosen[2]]).toEqual([1, 400]);
        refund.scanned("691");
        expect(refund.refusal?.code).toBe("refund.too_much");
        refund.scanned("999");
        expect(refund.refusal?.code).toBe("barcode.unknown");
    });
});

describe("giving it back", () => {
    async function chosen(refuse: Record<string, string[]> = {}, onCart: { id: string } | null = null) {
        const at = counter(refuse, onCart);
        await at.refund.find("R1");
        at.refund.all();
        return at;
    }

    it("asks for a reason first, and pays all that is shown", async () => {
        const { refund, asked, last } = await chosen();
        expect(await refund.pay()).toBe(false);
        expect(refund.refusal?.code).toBe("reason.needed");
        expect(asked.some(([name]) => name === "refund.pay")).toBe(false);
        refund.reason = " 尺寸不合 ";
        await refund.pay();
        expect((last()?.[1] as RefundPay).shown).toEqual({ total_fen: 3400, tenders: [] });
        expect(last()?.[1]).toMatchObject({ of: { refund_id: "refund-1", reason: "尺寸不合", approval: null } });
        expect(refund.stage).toBe("done");
    });

    it("gives nothing where nothing is chosen", async () => {
        const { refund } = counter();
        await refund.find("R1");
        refund.reason = "x";
        await refund.pay();
        expect(refund.refusal?.code).toBe("refund.nothing");
    });

    it("asks for somebody who may, and goes on with the same refund", async () => {
        const { refund, last } = await chosen({ "refund.pay": ["approval.needed"] });
        refund.reason = "x";
        await refund.pay();
        expect([refund.asking, refund.refusal]).toEqual(["pay", null]);
        await refund.approved({ staff_id: "m", pin: "1001" });
        expect(last()?.[1]).toMatchObject({ of: { refund_id: "refund-1", approval: { staff_id: "m" } } });
        expect(refund.done?.receipt_no).toBe("T-1");
    });

    it("keeps the name of a refund whose answer was lost", async () => {
        const { refund, last } = await chosen({ "refund.pay": ["server.unreachable"] });
        refund.reason = "x";
        await refund.pay();
        expect([refund.refusal?.code, refund.stage]).toEqual(["server.unreachable", "lines"]);
        await refund.pay();
        expect(last()?.[1]).toMatchObject({ of: { refund_id: "refund-1" } });
    });

    it("shows what is left when some came back elsewhere meanwhile", async () => {
        const { refund } = await chosen({ "refund.pay": ["cart.changed"] });
        refund.reason = "x";
        await refund.pay();
        expect([refund.refusal?.code, refund.chosen[1], refund.chosen[2], refund.reason]).toEqual(["cart.changed", 1000, 400, "x"]);
    });

    it("says why it could not be worked out, each time it is asked", async () => {
        const { refund } = await chosen({ "refund.quote": ["refund.too_old", "refund.too_old"] });
        refund.reason = "x";
        await refund.pay();
        expect([refund.refusal?.code, refund.stage]).toEqual(["refund.too_old", "lines"]);
    });

    it("lays it on the cart for an exchange, with whoever bought it where nobody is on the cart", async () => {
        const { refund, last, exchanges } = await chosen();
        refund.reason = "换大一号";
        await refund.exchange();
        expect(last()).toEqual(["cart.member", { member_id: "buyer", said: null }]);
        expect(exchanges()).toBe(1);
        const other = await chosen({}, { id: "other" });
        other.refund.reason = "换大一号";
        await other.refund.exchange();
        expect([other.last()?.[0], other.exchanges()]).toEqual(["cart.exchange", 1]);
        const unknown = await chosen({ "cart.member": ["member.frozen"] });
        unknown.refund.reason = "换大一号";
        await unknown.refund.exchange();
        expect([unknown.exchanges(), unknown.refund.refusal]).toEqual([1, null]);
    });

    it("goes back one step at a time", async () => {
        const { refund } = await chosen();
        expect(refund.back()).toBe(true);
        expect(refund.stage).toBe("find");
        expect(refund.back()).toBe(false);
    });
});

describe("without a receipt", () => {
    const product = { id: "g", name: "g", barcode: "690", category: "", unit: "", price_fen: 123450 };
    function blind(refuse: string[] = []) {
        const asked: [string, unknown][] = [];
        const host: Host = {
            rpc: (name, request) => {
                asked.push([name, request]);
                if (name === "product.search") {
                    const { text } = request as { text: string };
                    return Promise.resolve({ products: text === "690" ? [product] : text === "两种" ? [product, { ...product, id: "h" }] : [] }) as never;
                }
                const code = refuse.shift();
                return (code === undefined ? Promise.resolve({ receipt_no: "T" }) : Promise.reject(new Refusal(code as "internal"))) as never;
            },
        };
        return { refund: new BlindRefund(host), asked };
    }

    it("takes goods at their price, and the same goods again as one more", async () => {
        const { refund } = blind();
        await refund.enter("690");
        await refund.enter("690");
        expect(refund.goods).toEqual([{ product_id: "g", quantity_milli: 2000, price_fen: 123450 }]);
        await refund.enter("999");
        expect(refund.refusal?.code).toBe("product.nothing_found");
        await refund.enter("两种");
        expect(refund.hits.length).toBe(2);
        refund.change(-1);
        refund.change(-1);
        expect(refund.rows).toEqual([]);
    });

    it("refuses what is no price, and asks for reason and approval", async () => {
        const { refund, asked } = blind(["approval.needed"]);
        await refund.enter("690");
        const [row] = refund.rows;
        if (row === undefined) throw new Error("no row");
        row.price = "12.345";
        await refund.pay();
        expect(refund.refusal?.code).toBe("amount.invalid");
        row.price = "12.34";
        await refund.pay();
        expect(refund.refusal?.code).toBe("reason.needed");
        refund.reason = "没有小票";
        await refund.pay();
        expect([refund.asking, refund.refusal]).toEqual([true, null]);
        await refund.pay({ staff_id: "m", pin: "1" });
        const ids = asked.filter(([name]) => name === "refund.without_receipt").map(([, request]) => (request as { refund_id: string }).refund_id);
        expect([ids.length, new Set(ids).size, refund.done?.receipt_no]).toEqual([2, 1, "T"]);
    });
});

it("names are UUIDs of version 7 that sort by time", () => {
    const [early, late] = [freshId(1_700_000_000_000), freshId(1_700_000_000_001)];
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(early < late).toBe(true);
});
