import { afterEach, describe, expect, it } from "vitest";
import { baseLocale, overwriteGetLocale } from "$lib/paraglide/runtime";
import type { Kind } from "$wire/Kind";
import type { Promotion } from "$wire/Promotion";
import type { RuleBody } from "$wire/RuleBody";
import { KINDS, PROMOTION_KINDS, anything, plainPromotion } from "./kinds";
import { momentTyped } from "./moments";
import { aboutKind, aboutPromotion, aboutStacking, summary, type Names } from "./words";

const NAMES: Names = { goodsName: (id) => (id === "g1" ? "毛巾" : null), storeName: (id) => (id === "s1" ? "南京西路店" : null) };
const said = (promotion: Partial<Promotion>, kind: Kind = PROMOTION_KINDS.price.blank()) => aboutPromotion({ ...plainPromotion(kind), ...promotion }, NAMES);
const window = (part: Partial<Promotion["window"]>) => ({ window: { ...plainPromotion(PROMOTION_KINDS.price.blank()).window, ...part } });

afterEach(() => overwriteGetLocale(() => baseLocale));

describe("a rule in one line", () => {
    it("is what its writer would say", () => {
        const kind: Kind = { kind: "off", steps: [{ at_least_fen: 30_000, off_fen: 5_000 }], each: true, cap_fen: 20_000 };
        const text = said({ ...window({ month_days: [8, 18, 28] }), scope: { ...anything(), categories: ["厨房", "餐具"] } }, kind);
        expect(text).toBe("每满300减50，最多减￥200；每月 8/18/28 日；厨房、餐具类");
    });

    it.each<[Kind, string]>([
        [{ kind: "off", steps: [{ at_least_fen: 10_000, off_fen: 1_000 }, { at_least_fen: 20_000, off_fen: 2_990 }], each: false, cap_fen: null }, "满100减10、满200减29.90"],
        [{ kind: "off", steps: [{ at_least_fen: 0, off_fen: 1_000 }], each: false }, "立减10"],
        [{ kind: "percent", steps: [{ at_least: { by: "pieces", at_least: 3 }, permille: 855 }], cap_fen: 5_000 }, "满3件8.55折，最多减￥50"],
        [{ kind: "percent", steps: [{ at_least: { by: "fen", at_least: 0 }, permille: 900 }] }, "9折"],
        [{ kind: "nth_at", n: 2, permille: 500 }, "第2件5折"],
        [{ kind: "nth_at", n: 3, permille: 0 }, "第3件免费"],
        [{ kind: "buy_get", buy: 2, get: 1, permille: 0 }, "买2送1"],
        [{ kind: "buy_get", buy: 1, get: 1, of: { ...anything(), products: ["g1"] }, permille: 500 }, "买1件，再1件5折（送：毛巾）"],
        [{ kind: "add_on", at_least_fen: 9_900, of: anything(), price_fen: 990, most: 1 }, "满99加￥9.90换购（全部商品，最多1件）"],
        [{ kind: "add_on", at_least_fen: 9_900, of: anything(), price_fen: 0, most: 2 }, "满99送（全部商品，最多2件）"],
        [{ kind: "bundle", parts: [{ scope: anything(), pieces: 2 }, { scope: { ...anything(), brands: ["双喜"] }, pieces: 1 }], price_fen: 9_900 }, "套餐 ￥99：全部商品 2 件 + 双喜牌 1 件"],
        [{ kind: "price", permille: 950 }, "9.5折"],
        [{ kind: "fixed_price", price_fen: 990 }, "特价 ￥9.90"],
        [{ kind: "reduce", off_fen: 500 }, "每件直降 ￥5"],
    ])("%j", (kind, text) => expect(aboutKind(kind, NAMES)).toBe(text));

    it.each<[Partial<Promotion>, string]>([
        [window({ weekdays: [6, 7], hours: [{ from_min: 1200, until_min: 90 }] }), "9折；周六、周日；20:00–1:30；全部商品"],
        [window({ from: momentTyped("2026-11-21T00:00"), until: null }), "9折；2026/11/21 00:00 起；全部商品"],
        [window({ birthday: "month" }), "9折；生日当月；全部商品"],
        [{ who: { members_only: true, tiers: [], tags: [] } }, "9折；全部商品；会员专享"],
        [{ who: { members_only: true, tiers: ["金卡", "黑卡"], tags: ["宝妈"] }, stores: ["s1", "s9"] }, "9折；全部商品；金卡、黑卡专享；标签：宝妈；南京西路店、某门店"],
        [{ limits: { per_cart_times: 1, per_cart_pieces: null, per_member_times: 2, in_all_pieces: 100 } }, "9折；全部商品；会员专享；每单最多 1 次、每人最多 2 次、共 100 件"],
        [{ scope: { ...anything(), products: ["g1", "g2"], except_categories: ["烟酒"] } }, "9折；指定的 2 种商品（除 烟酒）"],
    ])("%j", (part, text) => expect(said(part)).toBe(text));

    it("says how it goes with others", () => {
        expect(aboutStacking({ group: "", exclusive: false })).toBe("可与其他优惠同享。");
        expect(aboutStacking({ group: "满减", exclusive: false })).toContain("满减");
        expect(aboutStacking({ group: "满减", exclusive: true })).toBe("不与任何其他优惠同享。");
    });

    it("says something of every kind, in either language", () => {
        for (const locale of ["zh-CN", "en"] as const) {
            overwriteGetLocale(() => locale);
            for (const { blank } of Object.values(KINDS)) expect(summary(blank(), NAMES)).not.toMatch(/undefined|\[object|NaN|^$/);
            for (const { blank } of Object.values(PROMOTION_KINDS)) expect(aboutKind(blank(), NAMES)).not.toMatch(/undefined|\[object|NaN|^$/);
        }
        expect(aboutKind({ kind: "price", permille: 955 }, NAMES)).toBe("pay 95.5 %");
    });

    it("speaks of members, cards and tax", () => {
        const bodies: [RuleBody, string][] = [
            [{ rule: "tiers", by: "spend", window: { months: { months: 12 } }, levels: [{ name: "会员", from: 0, price_permille: 1000, points_permille: 1000 }, { name: "金卡", from: 500_000, price_permille: 950, points_permille: 1500 }] }, "近 12 个月 消费金额；会员 → 金卡 ￥5000起 9.5折、1.5倍积分"],
            [{ rule: "rounding", to_fen: 10 }, "现金抹去不足 ￥0.10 的零头"],
            [{ rule: "rounding", to_fen: 1 }, "现金不抹零"],
            [{ rule: "tax", mode: "included", default_bp: 1300, categories: { 图书: 900 } }, "标价含税；13 %；图书 9 %"],
            [{ rule: "refunds", policy: "repriced", days_most: 7, without_receipt_most_fen: 50_000 }, "按剩下的重新算；7 天内可退；无小票最多退 ￥500"],
            [{ rule: "tenders", tenders: [{ tender: "t", name: "银行卡", enabled: true, reference: true }, { tender: "u", name: "支票", enabled: false, reference: false }] }, "银行卡"],
        ];
        for (const [body, text] of bodies) expect(summary(body, NAMES)).toBe(text);
    });
});
