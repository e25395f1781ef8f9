import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import type { ProductHit } from "$wire/ProductHit";
import { GoodsForm, GoodsSearch } from "./goods.svelte";

const settled = () => new Promise((done) => setTimeout(done, 3));
const CUP: ProductHit = { id: "p1", name: "杯", barcode: "1", barcodes: ["1", "2"], category: "家居", brand: "和家", tags: ["清仓"], unit: "件", price_fen: 5990 };

function hq(refuse: string[] = []) {
    const asked: [string, unknown][] = [];
    const host: Host = {
        rpc: (name, request) => {
            asked.push([name, request]);
            const code = name === "hq.product_set" ? refuse.shift() : undefined;
            return (code === undefined ? Promise.resolve(name === "product.search" ? { products: [CUP] } : CUP) : Promise.reject(new Refusal(code as "internal"))) as never;
        },
    };
    return { host, asked };
}

describe("finding goods", () => {
    it("asks as one types, and picks nothing that was found for an older text", async () => {
        const { host, asked } = hq();
        const search = new GoodsSearch(host);
        search.typed(" 杯 ");
        expect(search.current).toBe(null);
        await settled();
        expect([search.current, search.foundFor]).toEqual([CUP, "杯"]);
        search.typed("杯子");
        expect(search.current).toBe(null);
        search.typed("");
        await settled();
        expect([search.found.length, search.foundFor]).toEqual([0, ""]);
        expect(asked.every(([name]) => name === "product.search")).toBe(true);
    });
});

describe("the form of one product", () => {
    it("sets the whole of goods that are there, what was not touched included", async () => {
        const { host, asked } = hq();
        const form = new GoodsForm(host, CUP, 0);
        form.price = "５0.5";
        form.brand = "新家";
        expect(await form.save()).toEqual(CUP);
        const { id: product_id, barcode, ...rest } = CUP;
        expect(asked).toEqual([["hq.product_set", { ...rest, product_id, brand: "新家", price_fen: 5050 }]]);
        expect(barcode).toBe("1");
    });

    it("makes new goods once, however often it is sent", async () => {
        const { host, asked } = hq(["barcode.taken"]);
        const form = new GoodsForm(host, null, 0);
        Object.assign(form, { name: "碗", price: "9.9" });
        expect(await form.save()).toBe(null);
        expect(form.refusal?.code).toBe("barcode.taken");
        expect(await form.save()).not.toBe(null);
        const ids = asked.map(([, request]) => (request as { product_id: string }).product_id);
        expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
    });

    it("sends nothing without a price", async () => {
        const { host, asked } = hq();
        const form = new GoodsForm(host, null, 0);
        for (const price of ["", "0", "abc", "1.234"]) {
            form.price = price;
            expect(await form.save()).toBe(null);
            expect(form.priceWrong).toBe(price !== "");
        }
        expect(asked).toEqual([]);
    });
});
