import { describe, expect, it } from "vitest";
import type { Host } from "$lib/host";
import { Drawer } from "./drawer.svelte";

const settled = () => new Promise((done) => setTimeout(done, 3));

/** Two business days; today, the second, has two pages. */
function till() {
    const asked: unknown[] = [];
    const row = (note: string) => ({ at: 0, what: "sale", note, store: null, bonus: false, amount: 1, balance: 1 });
    const host: Host = {
        rpc: (_, request) => {
            asked.push(request);
            const { day, after } = request as { day: string | null; after: string | null };
            const today = day === null || day === "2026-03-03";
            const cash = { from_at: 0, until_at: 1, opening_fen: 0, received_fen: 0, paid_fen: 0, closing_fen: 0 };
            const first = { rows: [row("b")], next: "b" };
            const rows = !today ? { rows: [], next: null } : after === null ? first : { rows: [row("a")], next: null };
            const days = today ? ["2026-03-03", "2026-03-02", null] : ["2026-03-02", "2026-03-01", "2026-03-03"];
            return Promise.resolve({ day: days[0], day_before: days[1], day_after: days[2], cash: { ...cash, ...rows } }) as never;
        },
    };
    return { drawer: new Drawer(host), asked };
}

describe("the drawer", () => {
    it("begins with today, and follows it while cash comes in", async () => {
        const { drawer, asked } = till();
        await settled();
        expect([drawer.shown?.day, drawer.ledger.rows.length, drawer.ledger.whole]).toEqual(["2026-03-03", 1, false]);
        drawer.follow();
        await settled();
        await drawer.more();
        expect(drawer.ledger.rows.map((row) => row.note)).toEqual(["b", "a"]);
        expect(asked).toEqual([{ day: null, after: null }, { day: null, after: null }, { day: null, after: "b" }]);
    });

    it("goes from day to day as the node names them, and not past today", async () => {
        const { drawer, asked } = till();
        await settled();
        drawer.step(1);
        await settled();
        expect(asked.length).toBe(1);
        drawer.step(-1);
        expect(drawer.shown?.day).toBe("2026-03-03");
        await settled();
        expect([drawer.shown?.day, drawer.ledger.rows.length]).toEqual(["2026-03-02", 0]);
        drawer.step(1);
        await settled();
        expect(drawer.shown?.day).toBe("2026-03-03");
    });
});
