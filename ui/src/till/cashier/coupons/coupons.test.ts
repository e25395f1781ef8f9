import { beforeEach, describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import type { CartCoupon } from "$wire/CartCoupon";
import type { CartView } from "$wire/CartView";
import { Coupons } from "./coupons.svelte";

const coupon = (id: string, whyNot: string | null = null) => ({ coupon_id: id, name: id, code: "", from: 0, until: 1, face_fen: 1, at_least_fen: 0, why_not: whyNot });
const host: Host = { rpc: () => Promise.resolve({ coupons: [coupon("old", "coupon.expired"), coupon("a"), coupon("b")] }) as never };

let on: CartCoupon[];
let refuse: Refusal | null;
const cart = {
    get view() {
        return { member: { id: "m" }, coupons: on } as unknown as CartView;
    },
    coupon: ({ code, coupon_id }: { code: string | null; coupon_id: string | null }) => {
        if (refuse !== null) return Promise.reject(refuse);
        on = [...on, { coupon_id: coupon_id ?? code ?? "", name: "", off_fen: 5 }];
        return Promise.resolve();
    },
    takeOffCoupon: (id: string) => {
        on = on.filter((each) => each.coupon_id !== id);
        return Promise.resolve();
    },
};

beforeEach(() => {
    on = [{ coupon_id: "paper", name: "纸券", off_fen: 0 }];
    refuse = null;
});

describe("the member's coupons", () => {
    it("stand with those on the cart, what cannot be used last", async () => {
        const coupons = new Coupons(host, cart);
        await coupons.load();
        expect(coupons.rows.map((row) => [row.id, row.offFen])).toEqual([["paper", 0], ["a", null], ["b", null], ["old", null]]);
    });

    it("go on and off by one key, the mark stays with them", async () => {
        const coupons = new Coupons(host, cart);
        await coupons.load();
        coupons.step(1);
        coupons.step(1);
        await coupons.toggle();
        expect([on.map((each) => each.coupon_id), coupons.rows[coupons.at]?.id]).toEqual([["paper", "b"], "b"]);
        await coupons.toggle();
        await coupons.toggle(0);
        expect([on, coupons.at]).toEqual([[], 0]);
    });

    it("say why not", async () => {
        const coupons = new Coupons(host, cart);
        await coupons.load();
        refuse = new Refusal("coupon.expired");
        await coupons.toggle(3);
        expect([coupons.refusal?.code, on.length]).toEqual(["coupon.expired", 1]);
        refuse = null;
        await coupons.scanned("HC1");
        expect([coupons.refusal, on.length]).toEqual([null, 2]);
    });
});
