import { describe, expect, it } from "vitest";
import type { Host } from "$lib/host";
import { StatusStore } from "$lib/status.svelte";
import type { SaleView } from "$wire/SaleView";
import type { StatusView } from "$wire/StatusView";
import { Till } from "./till.svelte";

const SESSION = { staff: { id: "w", name: "王敏", role: "manager" }, permissions: ["sell"], ended: null };
const settled = () => new Promise((done) => setTimeout(done, 3));

/** What the node was asked for. */
const asked: string[] = [];

/** A till at which somebody is in, and what lies on its counter. */
async function at(lines: unknown[], exchange: unknown = null) {
    const cart = { id: "c", revision: 1, lines, exchange, member: null, coupons: [], totals: { due_fen: 100 } };
    const never = new Promise<never>(() => undefined);
    const answers: Record<string, unknown> = { "cart.get": cart, "pay.suggest": { cash_fen: [100], points: null, cards: [], coupons: [], tenders: [] }, "sale.pay": never };
    const host = { rpc: (name: string) => asked.push(name) && Promise.resolve(answers[name] ?? { due_fen: 100, paid: [], left_fen: 0, change_fen: 0, enough: true }) } as unknown as Host;
    const status = new StatusStore(host);
    status.take({ version: 1, node: "till", now: 0, session: SESSION } as unknown as StatusView);
    const till = new Till(host, status);
    till.begin(true);
    await settled();
    return till;
}

describe("what a session that ends takes with it", () => {
    it("is the goods on the counter, or those that come back", async () => {
        for (const [lines, exchange, lost] of [[[{ no: 1 }], null, "cart"], [[], { refund_id: "r" }, "cart"], [[], null, null]] as const) {
            const till = await at([...lines], exchange);
            till.begin(false);
            expect(till.lost).toBe(lost);
        }
    });

    it("is said until somebody is in again", async () => {
        const till = await at([{ no: 1 }]);
        till.begin(false);
        till.begin(false);
        expect(till.lost).toBe("cart");
        till.begin(true);
        expect(till.lost).toBeNull();
    });

    it("is nothing once the sale is done", async () => {
        const till = await at([{ no: 1 }]);
        if (till.cashier !== null) till.cashier.sale = { id: "s" } as unknown as SaleView;
        till.begin(false);
        expect(till.lost).toBeNull();
    });

    it("is not said to be lost while a payment has no answer", async () => {
        const till = await at([{ no: 1 }]);
        till.cashier?.pay();
        await settled();
        expect(till.cashier?.face).toBe("pay");
        if (till.cashier?.payment != null) till.cashier.payment.busy = true;
        till.begin(false);
        expect(till.lost).toBe("payment");
    });
});

describe("back at the cart", () => {
    it("shows what was done on the way: a top-up or a coupon in what its member has", async () => {
        const till = await at([{ no: 1 }]);
        till.openMember("m");
        asked.length = 0;
        till.goHome();
        till.goHome();
        await settled();
        expect(asked).toEqual(["cart.get"]);
    });

    it("leaves what was paid in sight", async () => {
        const till = await at([{ no: 1 }]);
        if (till.cashier !== null) till.cashier.sale = { id: "s" } as unknown as SaleView;
        till.openMember("m");
        asked.length = 0;
        till.goHome();
        await settled();
        expect(asked).toEqual([]);
    });

    it("has the goods that come back in an exchange, asked for once", async () => {
        const till = await at([]);
        till.view = "refund";
        asked.length = 0;
        till.exchanged();
        await settled();
        expect([till.view, asked]).toEqual(["home", ["cart.get"]]);
    });
});
