import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import { AdjustPoints, pointsTyped } from "./adjust-points.svelte";
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
        "hq.adjust_points": { card: { id: "m", points: 105 }, cards: [], coupons: [], timeline: [], next: null },
    };
    const host: Host = {
        rpc: (name, request) => {
            asked.push([name, request]);
            const code = name === "coupon.issue" || name === "hq.adjust_points" ? refuse.shift() : undefined;
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
        expect([member.issuing, member.coupons?.length]).toEqual([null, 1]);
    });

    it("has used coupons too once they are looked at, and follows what comes of them", async () => {
        const { member, of } = page();
        member.follow();
        await settled();
        expect([member.coupons, of("coupon.of_member").length]).toEqual([null, 0]);
        member.show("coupons");
        await settled();
        member.follow();
        await settled();
        expect([member.coupons?.length, of("coupon.of_member").length]).toEqual([1, 2]);
    });

    it("says when kinds of coupon cannot be read", async () => {
        const issuing = new IssueCoupon({ rpc: () => Promise.reject(new Refusal("permission.denied")) }, "m", () => undefined);
        await issuing.load();
        expect([issuing.kinds, issuing.refusal?.code]).toEqual([[], "permission.denied"]);
    });
});

describe("points by hand", () => {
    it("reads a number of points with its sign, in any width", () => {
        const cases: [string, number | null][] = [
            ["100", 100], ["+100", 100], ["-100", -100], ["−100", -100], ["－１００", -100], ["＋１２", 12], [" 1,200 ", 1200],
            ["", null], ["-", null], ["0", null], ["-0", null], ["1.5", null], ["十", null], ["1234567890", null], ["--1", null],
        ];
        for (const [text, points] of cases) expect(pointsTyped(text), text).toBe(points);
    });

    it("looks once more, moves them once however often it is sent, and shows the page it makes", async () => {
        const { member, of } = page(["server.unreachable"]);
        member.follow();
        await settled();
        member.adjust();
        const adjusting = member.adjusting;
        expect([member.part, adjusting === null]).toEqual(["points", false]);
        if (adjusting === null) return;
        adjusting.text = "-100";
        await adjusting.confirm();
        expect([adjusting.checking, of("hq.adjust_points").length]).toEqual([false, 0]);
        adjusting.reason = " 补登 ";
        await adjusting.confirm();
        expect([adjusting.checking, of("hq.adjust_points").length]).toEqual([true, 0]);
        await adjusting.confirm();
        expect(adjusting.refusal?.code).toBe("server.unreachable");
        await adjusting.confirm();
        const sent = of("hq.adjust_points") as { act_id: string }[];
        expect(sent).toMatchObject([{ member_id: "m", points: -100, reason: "补登" }, { points: -100 }]);
        expect(new Set(sent.map((each) => each.act_id)).size).toBe(1);
        await settled();
        expect([member.adjusting, member.page?.card.points, of("statement.points").length]).toEqual([null, 105, 2]);
    });

    it("goes back one step at a time", async () => {
        const adjusting = new AdjustPoints({ rpc: () => Promise.reject(new Refusal("internal")) }, "m", () => undefined);
        Object.assign(adjusting, { text: "5", reason: "补登" });
        await adjusting.confirm();
        expect([adjusting.back(), adjusting.checking, adjusting.back()]).toEqual([true, false, false]);
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

    /** Pages of one row each, `after` being the number of the last row. */
    const long = (pages: number, ask: (page: number) => void = () => undefined) =>
        new Ledger((after) => {
            const page = Number(after ?? 0) + 1;
            ask(page);
            return Promise.resolve({ balance: 0, owed: 0, rows: [row(String(page))], next: page === pages ? null : String(page) });
        });

    it("reads a statement of any length for paper", async () => {
        const ledger = long(500);
        ledger.follow();
        expect(await ledger.all()).toBe(true);
        expect([ledger.rows.length, ledger.whole, ledger.reading]).toEqual([500, true, false]);
    });

    it("can be stopped on the way, and goes on from there", async () => {
        const asked: number[] = [];
        const ledger = long(60, (page) => {
            asked.push(page);
            if (page === 20) ledger.stop();
        });
        const all = ledger.all();
        expect(ledger.reading).toBe(true);
        expect(await all).toBe(false);
        expect([ledger.rows.length, ledger.whole, ledger.reading]).toEqual([20, false, false]);
        expect(await ledger.all()).toBe(true);
        expect(asked).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    });

    it("goes on after a page that did not come", async () => {
        let down = true;
        const ledger = new Ledger((after) => {
            if (after !== null && down) return Promise.reject(new Refusal("server.unreachable"));
            return Promise.resolve({ balance: 0, owed: 0, rows: [row("a")], next: after === null ? "1" : null });
        });
        expect(await ledger.all()).toBe(false);
        expect([ledger.refusal?.code, ledger.whole, ledger.rows.length]).toEqual(["server.unreachable", false, 1]);
        down = false;
        expect(await ledger.all()).toBe(true);
        expect([ledger.refusal, ledger.rows.length]).toEqual([null, 2]);
    });

    it("leaves no gap where the newest page comes while an older one is on its way", async () => {
        let give: (() => void) | null = null;
        let newest = "1";
        const ledger = new Ledger((after) => {
            const answer = { balance: 0, owed: 0, rows: [row(after ?? "new")], next: after === null ? newest : null };
            return after === null ? Promise.resolve(answer) : new Promise<typeof answer>((done) => (give = () => done(answer)));
        });
        ledger.follow();
        await settled();
        const more = ledger.more();
        newest = "2";
        ledger.follow();
        await settled();
        (give as (() => void) | null)?.();
        await more;
        expect([ledger.rows.map((each) => each.note), ledger.next]).toEqual([["new"], "2"]);
    });

    it("is not whole where a page is missing", async () => {
        const ledger = new Ledger((after) => (after === null ? Promise.resolve({ balance: 0, owed: 0, rows: [], next: "2" }) : Promise.reject(new Refusal("page.unknown"))));
        ledger.follow();
        expect(await ledger.all()).toBe(false);
        expect(ledger.refusal?.code).toBe("page.unknown");
    });
});
