/// Kinds of rule, in the order of the list, and what a new one of each begins with. Where a chain has one rule of a kind
/// (tax, tiers …) a change is always another version of it.

import { m } from "$lib/paraglide/messages";
import type { Kind } from "$wire/Kind";
import type { Promotion } from "$wire/Promotion";
import type { RuleBody } from "$wire/RuleBody";
import type { Scope } from "$wire/Scope";

export type RuleKind = RuleBody["rule"];
export type BodyOf<K extends RuleKind> = Extract<RuleBody, { rule: K }>;
export type KindOf<K extends Kind["kind"]> = Extract<Kind, { kind: K }>;

interface KindWords {
    name: () => string;
    /** What it is for, shown where there is none yet. */
    about: () => string;
    /** One of it in force at a time. */
    single: boolean;
    /** Changes what past carts would have cost or earned, so that it is tried on them before it is saved. */
    tried: boolean;
    blank: () => RuleBody;
}

export const anything = (): Scope => ({ products: [], categories: [], brands: [], tags: [], except_products: [], except_categories: [] });

export function plainPromotion(kind: Kind): Promotion {
    return {
        name: "",
        enabled: true,
        order: 0,
        group: "",
        exclusive: false,
        window: { from: null, until: null, weekdays: [], month_days: [], hours: [], birthday: null },
        who: { members_only: false, tiers: [], tags: [] },
        stores: [],
        scope: anything(),
        kind,
        limits: { per_cart_times: null, per_cart_pieces: null, per_member_times: null, in_all_pieces: null },
    };
}

/** What a kind of promotion begins with when it is chosen. */
export const PROMOTION_KINDS: { [K in Kind["kind"]]: { name: () => string; about: () => string; blank: () => KindOf<K> } } = {
    off: { name: () => m["rules.kind_off"](), about: () => m["rules.kind_off_about"](), blank: () => ({ kind: "off", steps: [{ at_least_fen: 10_000, off_fen: 1_000 }], each: false, cap_fen: null }) },
    percent: { name: () => m["rules.kind_percent"](), about: () => m["rules.kind_percent_about"](), blank: () => ({ kind: "percent", steps: [{ at_least: { by: "fen", at_least: 10_000 }, permille: 900 }], cap_fen: null }) },
    nth_at: { name: () => m["rules.kind_nth"](), about: () => m["rules.kind_nth_about"](), blank: () => ({ kind: "nth_at", n: 2, permille: 500 }) },
    buy_get: { name: () => m["rules.kind_buy_get"](), about: () => m["rules.kind_buy_get_about"](), blank: () => ({ kind: "buy_get", buy: 2, get: 1, of: null, permille: 0 }) },
    add_on: { name: () => m["rules.kind_add_on"](), about: () => m["rules.kind_add_on_about"](), blank: () => ({ kind: "add_on", at_least_fen: 9_900, of: anything(), price_fen: 990, most: 1 }) },
    bundle: { name: () => m["rules.kind_bundle"](), about: () => m["rules.kind_bundle_about"](), blank: () => ({ kind: "bundle", parts: [{ scope: anything(), pieces: 1 }, { scope: anything(), pieces: 1 }], price_fen: 9_900 }) },
    price: { name: () => m["rules.kind_price"](), about: () => m["rules.kind_price_about"](), blank: () => ({ kind: "price", permille: 900 }) },
    fixed_price: { name: () => m["rules.kind_fixed"](), about: () => m["rules.kind_fixed_about"](), blank: () => ({ kind: "fixed_price", price_fen: 990 }) },
    reduce: { name: () => m["rules.kind_reduce"](), about: () => m["rules.kind_reduce_about"](), blank: () => ({ kind: "reduce", off_fen: 500 }) },
};

/** What a coupon can be: an amount off, a percentage off, an item for a price or for nothing (C4). */
export const COUPON_KINDS: readonly Kind["kind"][] = ["off", "percent", "add_on"];

/** Bounds and periods of the national measures; the node refuses what falls short of them. */
const blankLaw = (): BodyOf<"card_law"> => ({
    rule: "card_law",
    city: "",
    registered_most_fen: 500_000,
    anonymous_most_fen: 100_000,
    bonus_counts: true,
    identity_registered_from_fen: 0,
    identity_anonymous_from_fen: 1_000_000,
    transfer_person_from_fen: 5_000_000,
    transfer_company_from_fen: 500_000,
    anonymous_valid_months: 36,
    cooling_days: 7,
    refund_cash_below_fen: 10_000,
    cities: [],
});

export const KINDS: Record<RuleKind, KindWords> = {
    promotion: {
        name: () => m["rules.promotions"](), about: () => m["rules.promotions_about"](), single: false, tried: true,
        blank: () => ({ rule: "promotion", ...plainPromotion(PROMOTION_KINDS.off.blank()) }),
    },
    coupon: {
        name: () => m["rules.coupons"](), about: () => m["rules.coupons_about"](), single: false, tried: true,
        blank: () => ({ rule: "coupon", effect: plainPromotion(PROMOTION_KINDS.off.blank()), validity: { validity: "days", days: 30 }, per_member_most: null, on_sign_up: false, on_sale: null }),
    },
    tiers: {
        name: () => m["rules.tiers"](), about: () => m["rules.tiers_about"](), single: true, tried: true,
        blank: () => ({ rule: "tiers", by: "spend", window: "lifetime", levels: [{ name: "", from: 0, price_permille: 1000, points_permille: 1000, services: [], gift: null }] }),
    },
    points: {
        name: () => m["rules.points"](), about: () => m["rules.points_about"](), single: true, tried: true,
        blank: () => ({ rule: "points", per_fen: 100, points: 1, multipliers: [], combine: "best", on_points: false, on_bonus: false, redeem: null, expiry: "never" }),
    },
    card_type: {
        name: () => m["rules.card_types"](), about: () => m["rules.card_types_about"](), single: false, tried: false,
        blank: () => ({ rule: "card_type", name: "", enabled: true, registered: true, plans: [], free_amount: { least_fen: 100, most_fen: 500_000 }, spend_order: "principal_first", transferable: true, gift_counts: "promised", shown: "member" }),
    },
    tenders: { name: () => m["rules.tenders"](), about: () => m["rules.tenders_about"](), single: true, tried: false, blank: () => ({ rule: "tenders", tenders: [] }) },
    rounding: { name: () => m["rules.rounding"](), about: () => m["rules.rounding_about"](), single: true, tried: true, blank: () => ({ rule: "rounding", to_fen: 10 }) },
    tax: { name: () => m["rules.tax"](), about: () => m["rules.tax_about"](), single: true, tried: true, blank: () => ({ rule: "tax", mode: "included", default_bp: 1300, categories: {} }) },
    refunds: { name: () => m["rules.refunds"](), about: () => m["rules.refunds_about"](), single: true, tried: false, blank: () => ({ rule: "refunds", policy: "proportional", days_most: null, without_receipt_most_fen: 50_000 }) },
    card_law: { name: () => m["rules.card_law"](), about: () => m["rules.card_law_about"](), single: true, tried: false, blank: blankLaw },
};

export const GROUPS: readonly { name: () => string; kinds: readonly RuleKind[] }[] = [
    { name: () => m["rules.group_offers"](), kinds: ["promotion", "coupon"] },
    { name: () => m["rules.group_members"](), kinds: ["tiers", "points", "card_type"] },
    { name: () => m["rules.group_paying"](), kinds: ["tenders", "rounding", "tax", "refunds", "card_law"] },
];

export function kindNamed(text: string | null): RuleKind {
    return text !== null && Object.hasOwn(KINDS, text) ? (text as RuleKind) : "promotion";
}
