/** A coupon with a purchase, as people read of it: on the done screen, before goods come back, and among the member's coupons. */

import { render } from "svelte/server";
import { afterEach, describe, expect, it } from "vitest";
import { m } from "$lib/paraglide/messages";
import { baseLocale, overwriteGetLocale } from "$lib/paraglide/runtime";
import SaleDetail from "$lib/parts/SaleDetail.svelte";
import { placeOf } from "../hq/rules/editor.svelte";
import { KINDS, anything, type BodyOf } from "../hq/rules/kinds";
import { summary, type Names } from "../hq/rules/words";
import Coupons from "../member/Coupons.svelte";
import type { CouponView } from "$wire/CouponView";
import type { Recall } from "$wire/Recall";
import type { RefundQuote } from "$wire/RefundQuote";
import type { SaleGiftView } from "$wire/SaleGiftView";
import type { SaleView } from "$wire/SaleView";
import DoneColumn from "./cashier/DoneColumn.svelte";
import RefundColumn from "./refund/RefundColumn.svelte";
import type { Refunding } from "./refund/refund.svelte";

const NAME = "满100送10元券";
const NAMES: Names = { goodsName: () => "毛巾", storeName: () => null };
const gift = (taken: boolean): SaleGiftView => ({ coupon_id: "c1", name: NAME, face_fen: 1000, until: Date.parse("2026-07-01T00:00:00+08:00"), taken });
const totals = { quantity_milli: 1000, goods_fen: 10_000, off_fen: 0, added_tax_fen: 0, due_fen: 10_000, points_earned: 100 };
const sale = (gifts: SaleGiftView[]): SaleView => ({
    id: "s1", receipt_no: "01-000001", at: 0, day: "2026-06-01", store: { id: "a", code: "01", name: "总店" }, cashier: { id: "c", name: "小林", role: "cashier" },
    lines: [], totals, tenders: [], change_fen: 0, rounding_fen: 0, taxes: [], refunds: [], exchanged: null, member: null, gifts, unproved: false, sent: true,
});
const quote = (gifts_taken: string[]): RefundQuote => ({
    total_fen: 10_000, lines: [], tenders: [], taxes: [], points_taken: 100, points_restored: 0, coupons: [], gifts_taken, points_owed: 0,
});
const coupon = (why_not: CouponView["why_not"], recall: Recall): CouponView => ({
    coupon_id: "c1", name: NAME, code: "", from: 0, until: 86_400_000, face_fen: 1000, at_least_fen: 0, recall, why_not,
});

const said = (id: string) => new RegExp(`data-testid="${id}"[^>]*>${NAME}<`);

afterEach(() => overwriteGetLocale(() => baseLocale));

describe("a coupon with a purchase", () => {
    it("stands on the done screen with its last day, and on the sale afterwards until it went back", () => {
        expect(render(DoneColumn, { props: { sale: sale([gift(false)]), onnext: () => undefined } }).body).toContain(`${NAME}（2026/06/30 前用）`);
        expect(render(DoneColumn, { props: { sale: sale([]), onnext: () => undefined } }).body).not.toContain("done-gift");
        expect(render(SaleDetail, { props: { sale: sale([gift(false)]) } }).body).toMatch(said("sale-gift"));
        expect(render(SaleDetail, { props: { sale: sale([gift(true)]) } }).body).toContain(m["sale.gift_taken"]({ name: NAME }));
    });

    it("is said to go back before the goods do", () => {
        const column = (gifts: string[]) => {
            const refund = { quote: quote(gifts), reason: "", asking: null, refusal: null } as unknown as Refunding;
            return render(RefundColumn, { props: { refund, element: null } }).body;
        };
        expect(column([NAME])).toMatch(said("gift-taken"));
        expect(column([NAME])).toContain(m["refund.gift_about"]());
        expect(column([])).not.toContain("gift-");
    });

    it.each<[CouponView["why_not"], Recall, string, string | null]>([
        ["coupon.taken_back", "done", m["why.coupon_taken_back"](), null],
        ["coupon.used", "too_late", m["why.coupon_used"](), m["coupon.recall_too_late"]()],
        ["coupon.taken_back", "used_after", m["why.coupon_taken_back"](), m["coupon.recall_used_after"]()],
        ["coupon.used", "never", m["why.coupon_used"](), null],
    ])("%s, %s: the member's list says what came first", (whyNot, recall, why, crossed) => {
        const { body } = render(Coupons, { props: { coupons: [coupon(whyNot, recall)] } });
        expect(body).toContain(why);
        if (crossed === null) expect(body).not.toContain("coupon-crossed");
        else expect(body).toContain(crossed);
    });

    it("is a part of its kind, in either language, and refused beside its own fields", () => {
        const body: BodyOf<"coupon"> = { ...(KINDS.coupon.blank() as BodyOf<"coupon">), on_sale: { at_least_fen: 10_000, scope: { ...anything(), categories: ["家纺"] } } };
        expect(summary(body, NAMES)).toContain("买满100送一张（家纺类）");
        overwriteGetLocale(() => "en");
        expect(summary(body, NAMES)).toContain("one for buying 100 (");
        expect(["coupon.gift_least", "coupon.gift_goods"].map(placeOf)).toEqual(["on_sale", "on_sale"]);
    });
});
