/// Made-up rules, previews and rewards for the canned node's console.

import { goods, stores } from "./canned.mjs";

const DAY = 864e5;
const anything = { products: [], categories: [], brands: [], tags: [], except_products: [], except_categories: [] };
const always = { from: null, until: null, weekdays: [], month_days: [], hours: [], birthday: null };
const everybody = { members_only: false, tiers: [], tags: [] };
const unlimited = { per_cart_times: null, per_cart_pieces: null, per_member_times: null, in_all_pieces: null };
const promotion = (name, kind, rest = {}) => ({
    rule: "promotion", name, enabled: true, order: 0, group: "", exclusive: false, window: always, who: everybody, stores: [], scope: anything, kind, limits: unlimited, ...rest,
});
const off = (least, amount, each = false, cap_fen = null) => ({ kind: "off", steps: [{ at_least_fen: least, off_fen: amount }], each, cap_fen });

export const BODIES = [
    promotion("会员日满减", off(30_000, 5_000, true, 20_000), { window: { ...always, month_days: [8, 18, 28] }, scope: { ...anything, categories: ["厨具", "杯壶"] }, who: { ...everybody, members_only: true }, group: "满减活动" }),
    promotion("清洁用品满折", { kind: "percent", steps: [{ at_least: { by: "pieces", at_least: 2 }, permille: 900 }, { at_least: { by: "pieces", at_least: 3 }, permille: 800 }], cap_fen: null }, { scope: { ...anything, categories: ["清洁"] }, group: "满减活动" }),
    promotion("毛巾第二件半价", { kind: "nth_at", n: 2, permille: 500 }, { scope: { ...anything, products: [goods[0].id] } }),
    promotion("抽纸买二送一", { kind: "buy_get", buy: 2, get: 1, of: null, permille: 0 }, { scope: { ...anything, categories: ["纸品"] }, limits: { ...unlimited, per_cart_times: 3 } }),
    promotion("满99换购保温杯", { kind: "add_on", at_least_fen: 9_900, of: { ...anything, categories: ["杯壶"] }, price_fen: 990, most: 1 }, { exclusive: true }),
    promotion("厨房套餐", { kind: "bundle", parts: [{ scope: { ...anything, categories: ["厨具"] }, pieces: 1 }, { scope: { ...anything, categories: ["清洁"] }, pieces: 2 }], price_fen: 9_900 }, { stores: ["s1", "s2"] }),
    promotion("晚间限时特价", { kind: "fixed_price", price_fen: 990 }, { window: { ...always, weekdays: [5, 6, 7], hours: [{ from_min: 1200, until_min: 1320 }] }, enabled: false }),
    promotion("双十一预热", { kind: "price", permille: 880 }, { window: { ...always, from: Date.now() - 20 * DAY, until: Date.now() - 10 * DAY } }),
    { rule: "coupon", effect: promotion("新会员 10 元券", off(0, 1_000)), validity: { validity: "days", days: 30 }, per_member_most: 1 },
    { rule: "coupon", effect: promotion("满100减15", off(10_000, 1_500)), validity: { validity: "fixed", from: Date.now() - 5 * DAY, until: Date.now() + 25 * DAY }, per_member_most: 3 },
    { rule: "tiers", by: "spend", window: { months: { months: 12 } }, levels: [{ name: "会员", from: 0, price_permille: 1000, points_permille: 1000, services: [], gift: null }, { name: "金卡", from: 500_000, price_permille: 950, points_permille: 1500, services: ["免费送货"], gift: null }, { name: "黑卡", from: 2_000_000, price_permille: 880, points_permille: 2000, services: [], gift: null }] },
    { rule: "points", per_fen: 100, points: 1, multipliers: [{ name: "会员日双倍", permille: 2000, month_days: [8, 18, 28] }], combine: "best", on_points: false, on_bonus: false, redeem: { points: 100, fen: 100, step: 100, at_least: 100, most_permille: 500, order_at_least: 0 }, expiry: { year_end: { years: 1 } } },
    { rule: "card_type", name: "记名储值卡", enabled: true, registered: true, plans: [{ name: "充300送50", pay_fen: 30_000, bonus_fen: 5_000, parts: 1 }, { name: "充1000送200", pay_fen: 100_000, bonus_fen: 20_000, parts: 12 }], free_amount: { least_fen: 100, most_fen: 500_000 }, spend_order: "principal_first", transferable: true, gift_counts: "promised" },
    { rule: "tenders", tenders: [{ tender: "t1", name: "银行卡", enabled: true, reference: true }, { tender: "t2", name: "微信支付", enabled: true, reference: false }] },
    { rule: "refunds", policy: "proportional", days_most: 7, without_receipt_most_fen: 50_000 },
    { rule: "card_law", city: "全国", registered_most_fen: 500_000, anonymous_most_fen: 100_000, bonus_counts: true, identity_registered_from_fen: 0, identity_anonymous_from_fen: 1_000_000, transfer_person_from_fen: 5_000_000, transfer_company_from_fen: 500_000, anonymous_valid_months: 36, cooling_days: 7, refund_cash_below_fen: 10_000 },
];

const nameOf = (body) => body.name ?? body.effect?.name ?? body.rule;

export function rulesOf(refuse, wait) {
    const rules = BODIES.map((body, at) => ({
        rule_id: `r${at}`,
        name: nameOf(body),
        versions: [{ version: 1, valid_from: Date.now() - 40 * DAY, state: "in_force", body }],
    }));
    // One that waits behind the one in force.
    rules[1].versions.unshift({ version: 2, valid_from: Date.now() + 3 * DAY, state: "coming", body: { ...BODIES[1], kind: { ...BODIES[1].kind, cap_fen: 3_000 } } });
    const batches = [{ batch_id: "b1", name: "国庆回馈", template_name: "满100减15", at: Date.now() - 50 * DAY, issued: 12_480, used: 3_117 }];

    function check(body) {
        const kind = (body.effect ?? body).kind;
        if (kind?.kind === "off" && kind.steps.some((step) => step.at_least_fen > 0 && step.off_fen > step.at_least_fen)) throw refuse("promotion.pays_out");
        if (nameOf(body).trim() === "") throw refuse("name.invalid");
    }

    return {
        "hq.rules": () => ({ rules }),
        "hq.rule_preview": async ({ body }) => {
            await wait(150);
            check(body);
            const examples = [[268_00, 218_00, ["不锈钢炒锅 32 cm 无涂层"]], [178_80, 143_04, ["洗衣液 薰衣草 3 kg", "洗洁精 柠檬 1.5 kg", "垃圾袋 加厚 45×50 cm 5 卷"]]].map(([before_fen, after_fen, names], at) => ({
                sale_id: `p${at}`, receipt_no: `NJX-2-00${1200 - at * 31}`, at: Date.now() - at * 9e6, goods: names, before_fen, after_fen, points_before: Math.floor(before_fen / 100), points_after: Math.floor(after_fen / 100), reasons: [{ label: nameOf(body), off_fen: before_fen - after_fen }],
            }));
            return {
                prices: true, carts: 200, changed: 37, before_fen: 2_846_320, after_fen: 2_791_870, points_before: 28_463, points_after: 27_918, examples,
                conflict: body.name === "冲突" ? { code: "name.taken", with: "会员日满减" } : null,
            };
        },
        "hq.rule_save": ({ rule_id, body, valid_from }) => {
            check(body);
            if (valid_from !== null && valid_from < Date.now()) throw refuse("rule.too_early");
            let rule = rules.find((each) => each.rule_id === rule_id);
            if (rule === undefined) rules.push((rule = { rule_id: `r${rules.length}`, name: nameOf(body), versions: [] }));
            const begun = valid_from === null;
            if (begun) rule.versions = rule.versions.map((each) => ({ ...each, state: "past" }));
            rule.versions = [{ version: rule.versions.length + 1, valid_from: valid_from ?? Date.now(), state: begun ? "in_force" : "coming", body }, ...rule.versions];
            rule.name = nameOf(body);
            return rule;
        },
        "hq.coupon_batches": () => ({ open: [], batches }),
        "hq.coupon_codes": () => ({ codes: Array.from({ length: 100 }, (_, at) => `HC${String(at).padStart(16, "7K3M")}XQ`) }),
        "hq.coupon_batch": async ({ batch_id, name, template_id, to }) => {
            await wait(300);
            const issued = to.to === "codes" ? to.count : 4_217;
            batches.unshift({ batch_id, name, template_name: rules.find((each) => each.rule_id === template_id).name, at: Date.now(), issued, used: 0, for_bearers: to.to === "codes" });
            return { open: [], batches };
        },
        "hq.expire_points": ({ write }) => ({ day: "2026-11-21", members: 318, points: 46_210, written: write }),
        "hq.review_tiers": ({ write }) => ({ month: "2026-11", reviewed: 8_412, moves: [{ from: "黑卡", to: "金卡", members: 12 }, { from: "金卡", to: "会员", members: 143 }], gifts: 3, written: write }),
        "hq.bonus_parts": ({ write }) => ({ cards: 64, bonus_fen: 106_720, written: write }),
        "hq.stores": () => ({ stores }),
    };
}
