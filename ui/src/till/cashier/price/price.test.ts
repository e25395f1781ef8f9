import { beforeEach, describe, expect, it } from "vitest";
import { Refusal } from "$lib/host";
import type { CartLine } from "$wire/CartLine";
import { Pricing } from "./price.svelte";

const line: CartLine = {
    no: 3, product_id: "p", name: "锅", barcode: "", unit: "", list_price_fen: 1000, quantity_milli: 1000, off_fen: 0, amount_fen: 1000, reasons: [], by_hand: false,
};
let sent: unknown[];
let refuse: Refusal | null;
let done: number;

const answer = (request: unknown) => {
    sent.push(request);
    return refuse === null ? Promise.resolve() : Promise.reject(refuse);
};
const pricing = (of: CartLine | null = line, text = "") => new Pricing({ setPrice: answer, setDiscount: answer }, of, text, () => void done++);

beforeEach(() => {
    sent = [];
    refuse = null;
    done = 0;
});

describe("a price by hand", () => {
    it("goes with its reason", async () => {
        const asked = pricing(line, "8.5");
        asked.choose("破损");
        await asked.submit();
        expect([sent, done]).toEqual([[{ line_no: 3, price_fen: 850, reason: "破损", approval: null }], 1]);
    });

    it("is no price while it is none, and says so", async () => {
        for (const text of ["8.555", "8,5", "八"]) {
            const asked = pricing(line, text);
            await asked.submit();
            expect([text, asked.refusal?.code, done]).toEqual([text, "amount.invalid", 0]);
        }
        const empty = pricing(line, " ");
        await empty.submit();
        expect([empty.refusal, sent]).toEqual([null, []]);
    });

    it("without a reason stays open and says so", async () => {
        refuse = new Refusal("reason.needed");
        const asked = pricing(line, "8");
        await asked.submit();
        expect([asked.refusal?.code, asked.asked, done]).toEqual(["reason.needed", null, 0]);
    });

    it("is sent again with somebody's PIN, until it is a right one", async () => {
        refuse = new Refusal("approval.needed");
        const asked = pricing(line, "8");
        await asked.submit();
        expect(asked.asked).toEqual({ back: false, refusal: null });
        refuse = new Refusal("pin.wrong");
        await asked.approve({ staff_id: "m", pin: "1" });
        expect(asked.asked?.refusal?.code).toBe("pin.wrong");
        refuse = null;
        await asked.approve({ staff_id: "m", pin: "2" });
        expect([sent.at(-1), asked.asked, done]).toEqual([{ line_no: 3, price_fen: 800, reason: "", approval: { staff_id: "m", pin: "2" } }, null, 1]);
    });

    it("goes back to the list price", async () => {
        await pricing().putBack();
        expect(sent).toEqual([{ line_no: 3, price_fen: null, reason: "", approval: null }]);
    });
});

describe("a discount on the whole", () => {
    it("is one key from the line", async () => {
        const asked = pricing(line, "5");
        asked.switch();
        await asked.submit();
        await asked.putBack();
        expect(sent).toEqual([{ off_fen: 500, reason: "", approval: null }, { off_fen: 0, reason: "", approval: null }]);
    });

    it("is all there is without a line", () => {
        const asked = pricing(null);
        asked.switch();
        expect(asked.whole).toBe(true);
    });
});
