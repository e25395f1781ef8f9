import { beforeEach, describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import type { CartLine } from "$wire/CartLine";
import type { CartView } from "$wire/CartView";
import type { Settlement } from "$wire/Settlement";
import type { TenderGiven } from "$wire/TenderGiven";
import { Cashier } from "./cashier.svelte";

/** A node that knows two goods, answers slowly, and writes down what it was asked. */
class Node {
    asked: string[] = [];
    lines: CartLine[] = [];
    revision = 0;
    running = 0;
    most = 0;
    refuse: Refusal | null = null;
    /** What one command alone answers, whenever it is asked. */
    refuseTo: { name: string; with: Refusal } | null = null;

    host: Host = { rpc: (name, request) => this.#answer(name, request as Record<string, unknown>) as never };

    async #answer(name: string, request: Record<string, unknown>): Promise<unknown> {
        this.asked.push(`${name} ${JSON.stringify(request)}`);
        this.most = Math.max(this.most, ++this.running);
        await new Promise((done) => setTimeout(done, 2));
        this.running--;
        if (this.refuse !== null) throw this.refuse;
        if (this.refuseTo?.name === name) throw this.refuseTo.with;
        if (name === "cart.enter") return this.#enter(String(request["text"]));
        if (name === "pay.suggest") return { cash_fen: [this.cart().totals.due_fen, 5000], points: null, cards: [], coupons: [], tenders: [] };
        if (name === "pay.preview") return this.#preview(request["tenders"] as TenderGiven[]);
        if (name === "cart.coupon") throw new Refusal("coupon.used");
        if (name === "sale.pay") return { id: "sale", change_fen: 0, lines: this.lines };
        if (name === "product.search") return { products: [] };
        return this.cart();
    }

    #enter(text: string): unknown {
        const [, count = "1", code = ""] = /^(?:(\d+)\*)?(.*)$/.exec(text) ?? [];
        if (code.startsWith("9")) throw new Refusal("barcode.unknown");
        if (code === "two") return { outcome: "choose", quantity_milli: 1000, products: [product("a"), product("b")] };
        const no = this.lines.length + 1;
        this.lines.push({
            no, product_id: code, name: code, barcode: code, unit: "", list_price_fen: 100, quantity_milli: Number(count) * 1000, off_fen: 0,
            amount_fen: 100 * Number(count), reasons: [], by_hand: false,
        });
        this.revision++;
        return { outcome: "added", line_no: no, cart: this.cart() };
    }

    #preview(tenders: TenderGiven[]): Settlement {
        const due = this.cart().totals.due_fen;
        const given = tenders.reduce((sum, tender) => sum + (tender.kind === "cash" ? tender.given_fen : 0), 0);
        return {
            due_fen: due, paid: [], paid_fen: Math.min(due, given), left_fen: Math.max(0, due - given), change_fen: Math.max(0, given - due), rounding_fen: 0,
            back_fen: 0, points_earned: 0, gifts: [], gifts_taken: [], enough: given >= due,
        };
    }

    cart(): CartView {
        const due = this.lines.reduce((sum, line) => sum + line.amount_fen, 0);
        const totals = { quantity_milli: 0, goods_fen: due, off_fen: 0, added_tax_fen: 0, due_fen: due, points_earned: 0 };
        const nothing = { member: null, wallet: null, coupons: [], exchange: null, taxes: [], unproved: false };
        return { id: "cart", revision: this.revision, lines: [...this.lines], totals, ...nothing };
    }
}

const product = (id: string) => ({ id, name: id, barcode: id, category: "", unit: "", price_fen: 100 });
const quiet = () => new Promise((done) => setTimeout(done, 40));

let node: Node;
let cashier: Cashier;

beforeEach(async () => {
    node = new Node();
    cashier = new Cashier(node.host);
    await cashier.cart.load();
    node.asked = [];
});

describe("scanning", () => {
    it("keeps rapid scans in order, one at a time, none lost", async () => {
        const codes = Array.from({ length: 10 }, (_, at) => `6901234567${at}`);
        for (const code of codes) cashier.scanned(code, "");
        await new Promise((done) => setTimeout(done, 120));
        expect(cashier.cart.lines.map((line) => line.barcode)).toEqual(codes);
        expect(node.most).toBe(1);
    });

    it("a refused one says why and stops nothing", async () => {
        cashier.scanned("9999", "");
        cashier.scanned("6901", "");
        cashier.scanned("9998", "");
        await quiet();
        expect(cashier.cart.lines).toHaveLength(1);
        expect(cashier.cart.notice).toMatchObject({ about: "9998", refusal: { code: "barcode.unknown" } });
    });

    it("takes the quantity that stood in the box", async () => {
        cashier.scanned("6901", "3*");
        await quiet();
        expect(node.asked[0]).toBe(`cart.enter {"text":"3*6901","scanned":true}`);
    });

    it("is not taken while paying, and begins the next sale when done", async () => {
        cashier.scanned("6901", "");
        await quiet();
        cashier.pay();
        await quiet();
        cashier.scanned("6902", "");
        expect([cashier.face, cashier.scannedWhilePaying, node.lines.length]).toEqual(["pay", true, 1]);
        await cashier.confirm();
        // Enter and `/` may be quicker than the answer that brings the next customer's cart.
        expect([cashier.face, cashier.cart.view]).toEqual(["done", null]);
        cashier.scanned("6903", "");
        expect(cashier.face).toBe("cart");
    });

    it("a coupon's code goes to the cart as one, and says why not", async () => {
        cashier.scanned("HC0123456789ABCDEFGH", "");
        await quiet();
        expect(node.asked).toEqual([`cart.coupon {"code":"HC0123456789ABCDEFGH","coupon_id":null}`]);
        expect(cashier.cart.notice?.refusal.code).toBe("coupon.used");
    });

    it("asks which, when several are meant", async () => {
        cashier.scanned("two", "");
        await quiet();
        expect(cashier.box.hits?.asked).toBe(true);
        cashier.box.step(1);
        cashier.submit();
        await quiet();
        expect(node.asked.at(-1)).toBe(`cart.add {"product_id":"b","quantity_milli":1000}`);
        expect(cashier.box.hits).toBeNull();
    });
});

describe("clearing the cart", () => {
    it("leaves nothing of it to the next key, and brings it back when it was refused", async () => {
        cashier.scanned("6901", "");
        await quiet();
        node.refuseTo = { name: "cart.clear", with: new Refusal("internal") };
        const cleared = cashier.clear();
        expect([cashier.clearing, cashier.cart.view]).toEqual([false, null]);
        await cleared;
        expect([cashier.cart.lines.length, cashier.cart.notice?.refusal.code]).toEqual([1, "internal"]);
        [node.refuseTo, node.lines] = [null, []];
        await cashier.clear();
        expect([cashier.cart.lines.length, cashier.cart.notice]).toEqual([0, null]);
    });
});

describe("the box", () => {
    beforeEach(async () => {
        cashier.scanned("6901", "");
        cashier.scanned("6902", "");
        await quiet();
        node.asked = [];
    });

    it.each([
        ["3*", `cart.set_quantity {"line_no":2,"quantity_milli":3000}`],
        ["1.5*", `cart.set_quantity {"line_no":2,"quantity_milli":1500}`],
        ["2*6903", `cart.enter {"text":"2*6903"}`],
        ["mj", `cart.enter {"text":"mj"}`],
    ])("%s and Enter", (text, asked) => {
        cashier.box.typed(text);
        cashier.submit();
        return quiet().then(() => expect(node.asked).toEqual([asked]));
    });

    it("* in an empty box asks for the current line's quantity", async () => {
        cashier.cart.step(-1);
        cashier.quantity();
        cashier.box.typed("12");
        cashier.submit();
        await quiet();
        expect(node.asked).toEqual([`cart.set_quantity {"line_no":1,"quantity_milli":12000}`]);
        expect(cashier.quantityFor).toBeNull();
    });

    it("* after digits makes them a quantity", () => {
        cashier.box.typed("4");
        cashier.quantity();
        expect(cashier.box.text).toBe("4*");
    });

    it("- removes the current line, but never while something is typed", async () => {
        cashier.box.typed("a");
        expect(cashier.remove()).toBe(false);
        cashier.box.typed("");
        expect(cashier.remove()).toBe(true);
        await quiet();
        expect(node.asked).toEqual([`cart.remove {"line_no":2}`]);
    });
});

describe("paying", () => {
    it("waits for scans still under way and pays what they made", async () => {
        cashier.scanned("6901", "");
        cashier.scanned("6902", "");
        cashier.pay();
        await quiet();
        expect(cashier.payment?.dueFen).toBe(200);
        await cashier.confirm();
        expect(node.asked).toContain(`sale.pay {"cart_id":"cart","revision":2,"tenders":[{"kind":"cash","given_fen":200}]}`);
    });

    it("keeps the payment open when it is refused, and sends the same again", async () => {
        cashier.scanned("6901", "");
        cashier.pay();
        await quiet();
        node.refuse = new Refusal("server.unreachable");
        await cashier.confirm();
        expect([cashier.face, cashier.payment?.refusal?.code]).toEqual(["pay", "server.unreachable"]);
        node.refuse = null;
        await cashier.confirm();
        expect(cashier.face).toBe("done");
        const [first, again] = node.asked.filter((asked) => asked.startsWith("sale.pay"));
        expect(again).toBe(first);
    });

    it("shows the cart as it stands when it has moved on", async () => {
        cashier.scanned("6901", "");
        cashier.pay();
        await quiet();
        node.refuseTo = { name: "sale.pay", with: new Refusal("cart.changed") };
        await cashier.confirm();
        expect([cashier.face, cashier.cart.notice?.refusal.code]).toEqual(["cart", "cart.changed"]);
    });

    it("takes typed money, the suggestion otherwise", async () => {
        cashier.scanned("6901", "");
        cashier.pay();
        await quiet();
        const payment = cashier.payment;
        expect(payment?.givenFen).toBe(100);
        payment?.step(1);
        expect(payment?.givenFen).toBe(5000);
        for (const key of "12.345x") payment?.key(key);
        expect([payment?.typed, payment?.givenFen, payment?.shown]).toEqual(["12.34", 1234, null]);
        await quiet();
        expect([payment?.shown?.change_fen, payment?.shown?.left_fen]).toEqual([1134, 0]);
        payment?.erase();
        expect(payment?.givenFen).toBe(1230);
    });
});
