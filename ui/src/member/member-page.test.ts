import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import { IssueCoupon } from "./issue-coupon.svelte";
import { Ledger } from "./ledger.svelte";
import { MemberPage } from "./member-page.svelte";

const settled = () => new Promise((done) => setTimeout(done, 3));
const row = (note: string) => ({ at: 0, what: "sale" as const, note, store: null, bonus: false, amount: 1, balance: 1 });

function page(refuse: string[] = []) {
    const asked: [string, unknown][] = [];
    const answers: Record<string, unknown> = {
        "member.get": { card: { id: "m" }, cards: [{ card_id: "k1" }, { card_id: "k2" }], coupons: [], timeline: [], next: null },
        "statement.points": { balance: 5, owed: 0, rows: [row("a")], next: null },
        "statement.card": { balance: 5, owed: 0, rows: [row("k")], next: null },
        "coupon.kinds": { kinds: [{ template_id: "t1" }, { template_id: "t2" }] },
        "coupon.of_member": { coupons: [{ coupon_id: "c" }] },
        "coupon.issue": { coupons: [] },
    };
    const host: Host = {
        rpc: (name, request) => {
            asked.push([name, request]);
            const code = name === "coupon.issue" ? refuse.shift() : undefined;
            return (code === undefined ? Promise.resolve(answers[name]) : Promise.reject(new Refusal(code as "internal"))) as never;
        },
    };
    return { member: new MemberPage(host, "m"), host, asked, of: (name: string) => asked.filter(([each]) => each === name).map(([, request]) => request) };
}

describe("the parts of a member's page", () => {
    it("asks for an account's movements when it is looked at, and not before", async () => {
        const { member, of } = page();
        member.follow();
        await settled();
        expect(of("statement.points").length).toBe(0);
        member.stepPart(1);
        await settled();
        expect([member.part, member.points?.rows.length]).toEqual(["points", 1]);
        member.stepPart(1);
        member.step(1);
        await settled();
        expect(of("statement.card")).toMatchObject([{ card_id: "k1" }, { card_id: "k2" }]);
        member.stepPart(1);
        member.stepPart(1);
        expect(member.part).toBe("purchases");
    });

    it("follows what arrives by sync", async () => {
        const { member, of } = page();
        member.follow();
        member.show("points");
        await settled();
        member.follow();
        await settled();
        expect([of("member.get").length, of("statement.points").length]).toEqual([2, 2]);
    });

    it("gives a coupon once, however often it is sent, and shows the list it makes", async () => {
        const { member, of } = page(["server.unreachable"]);
        member.follow();
        await settled();
        await member.issue();
        member.step(1);
        member.issuing?.more(1);
        await member.issuing?.give();
        expect(member.issuing?.refusal?.code).toBe("server.unreachable");
        await member.issuing?.give();
        const sent = of("coupon.issue") as { batch_id: string }[];
        expect(sent).toMatchObject([{ template_id: "t2", count: 2 }, { template_id: "t2", count: 2 }]);
        expect(new Set(sent.map((each) => each.batch_id)).size).toBe(1);
        expect([member.issuing, member.page?.coupons.length]).toEqual([null, 1]);
    });

    it("says when kinds of coupon cannot be read", async () => {
        const issuing = new IssueCoupon({ rpc: () => Promise.reject(new Refusal("permission.denied")) }, "m", () => undefined);
        await issuing.load();
        expect([issuing.kinds, issuing.refusal?.code]).toEqual([[], "permission.denied"]);
    });
});

describe("a ledger", () => {
    it("reads on by pages, and whole for paper", async () => {
        const pages: Record<string, string | null> = { "": "2", "2": "3", "3": null };
        const ledger = new Ledger((after) => Promise.resolve({ balance: 0, owed: 0, rows: [row(after ?? "1")], next: pages[after ?? ""] ?? null }));
        ledger.follow();
        await settled();
        expect([ledger.rows.length, ledger.next]).toEqual([1, "2"]);
        expect(await ledger.all()).toBe(true);
        expect(ledger.rows.map((each) => each.note)).toEqual(["1", "2", "3"]);
    });

    it("is not whole where a page is missing", async () => {
        const ledger = new Ledger((after) => (after === null ? Promise.resolve({ balance: 0, owed: 0, rows: [], next: "2" }) : Promise.reject(new Refusal("page.unknown"))));
        ledger.follow();
        expect(await ledger.all()).toBe(false);
        expect(ledger.refusal?.code).toBe("page.unknown");
    });
});
