/// A rule in one line, as the person who wrote it would say it to a colleague.

import { m } from "$lib/paraglide/messages";
import { yuanText } from "$lib/words/figures";
import { full, weekday } from "$lib/words/times";
import type { CouponTemplate } from "$wire/CouponTemplate";
import type { Kind } from "$wire/Kind";
import type { Limits } from "$wire/Limits";
import type { Promotion } from "$wire/Promotion";
import type { RuleBody } from "$wire/RuleBody";
import type { Scope } from "$wire/Scope";
import type { Window } from "$wire/Window";
import type { RuleBook } from "./book.svelte";
import { hourText } from "./moments";
import { clauses, list, money, share } from "./say";
import { aboutCardLaw, aboutCardType, aboutPoints, aboutTax, aboutTenders, aboutTiers } from "./words-settings";

/** Names of things that a rule has only the ids of. */
export type Names = Pick<RuleBook, "goodsName" | "storeName">;

export function summary(body: RuleBody, names: Names): string {
    switch (body.rule) {
        case "promotion":
            return aboutPromotion(body, names);
        case "coupon":
            return aboutCoupon(body, names);
        case "tiers":
            return aboutTiers(body);
        case "points":
            return aboutPoints(body);
        case "card_type":
            return aboutCardType(body);
        case "tenders":
            return aboutTenders(body);
        case "rounding":
            return body.to_fen <= 1 ? m["rules.rounding_none"]() : m["rules.rounding_to"]({ amount: money(body.to_fen) });
        case "tax":
            return aboutTax(body);
        case "refunds":
            return clauses([
                body.policy === "repriced" ? m["rules.refund_repriced"]() : m["rules.refund_proportional"](),
                body.days_most == null ? m["rules.refund_ever"]() : m["rules.refund_days"]({ n: body.days_most }),
                m["rules.refund_without_receipt_say"]({ amount: money(body.without_receipt_most_fen) }),
            ]);
        case "card_law":
            return aboutCardLaw(body);
    }
}

export function aboutPromotion(promotion: Promotion, names: Names): string {
    return clauses([
        aboutKind(promotion.kind, names),
        aboutWindow(promotion.window),
        // A bundle names its goods itself.
        promotion.kind.kind === "bundle" ? "" : aboutScope(promotion.scope, names),
        aboutWho(promotion.who.members_only || promotion.limits.per_member_times !== null, promotion.who.tiers, promotion.who.tags),
        list((promotion.stores ?? []).map((id) => names.storeName(id) ?? m["rules.some_store"]())),
        aboutLimits(promotion.limits),
    ]);
}

function aboutCoupon({ effect, validity, per_member_most, on_sale }: CouponTemplate, names: Names): string {
    const valid = validity.validity === "days" ? m["rules.valid_days"]({ n: validity.days }) : m["rules.valid_until"]({ from: full(validity.from), until: full(validity.until) });
    return clauses([
        aboutPromotion(effect, names),
        valid,
        on_sale == null ? "" : m["rules.say_on_sale"]({ least: yuanText(on_sale.at_least_fen), goods: aboutScope(on_sale.scope, names) }),
        per_member_most == null ? "" : m["rules.per_member_coupons"]({ n: per_member_most }),
    ]);
}

export function aboutKind(kind: Kind, names: Names): string {
    switch (kind.kind) {
        case "price":
            return m["rules.say_price"]({ share: share(kind.permille) });
        case "fixed_price":
            return m["rules.say_fixed"]({ price: money(kind.price_fen) });
        case "reduce":
            return m["rules.say_reduce"]({ off: money(kind.off_fen) });
        case "off":
            return capped(list(kind.steps.map((step) => offStep(step.at_least_fen, step.off_fen, kind.each))), kind.cap_fen);
        case "percent":
            return capped(
                list(kind.steps.map(({ at_least, permille }) => {
                    if (at_least.at_least === 0) return m["rules.say_price"]({ share: share(permille) });
                    return at_least.by === "fen"
                        ? m["rules.say_percent_fen"]({ least: yuanText(at_least.at_least), share: share(permille) })
                        : m["rules.say_percent_pieces"]({ least: at_least.at_least, share: share(permille) });
                })),
                kind.cap_fen,
            );
        case "nth_at":
            return m["rules.say_nth"]({ n: kind.n, share: share(kind.permille) });
        case "buy_get": {
            const said = { buy: kind.buy, get: kind.get, share: share(kind.permille) };
            const what = kind.permille === 0 ? m["rules.say_buy_get"](said) : m["rules.say_buy_get_share"](said);
            return kind.of == null ? what : `${what}${m["rules.say_of"]({ goods: aboutScope(kind.of, names) })}`;
        }
        case "add_on": {
            const said = { least: yuanText(kind.at_least_fen), price: money(kind.price_fen), goods: aboutScope(kind.of, names), most: kind.most };
            return kind.price_fen === 0 ? m["rules.say_gift"](said) : m["rules.say_add_on"](said);
        }
        case "bundle": {
            const parts = kind.parts.map((part) => m["rules.say_part"]({ n: part.pieces, goods: aboutScope(part.scope, names) }));
            return m["rules.say_bundle"]({ price: money(kind.price_fen), parts: parts.join(" + ") });
        }
    }
}

function offStep(least: number, off: number, each: boolean): string {
    if (least === 0) return m["rules.say_off_plain"]({ off: yuanText(off) });
    const said = { least: yuanText(least), off: yuanText(off) };
    return each ? m["rules.say_off_each"](said) : m["rules.say_off"](said);
}

function capped(words: string, cap: number | null | undefined): string {
    return cap == null ? words : m["rules.say_capped"]({ words, cap: money(cap) });
}

export function aboutScope(scope: Scope, names: Names): string {
    const goods = scope.products.map((id) => names.goodsName(id));
    const known = goods.filter((name) => name !== null);
    const products = goods.length === 0 ? [] : known.length === goods.length && goods.length <= 2 ? known : [m["rules.goods_count"]({ n: goods.length })];
    const categories = scope.categories.length === 0 ? [] : [m["rules.of_category"]({ names: list(scope.categories) })];
    const brands = scope.brands.length === 0 ? [] : [m["rules.of_brand"]({ names: list(scope.brands) })];
    const tags = scope.tags.length === 0 ? [] : [m["rules.of_tag"]({ names: list(scope.tags) })];
    const within = [...categories, ...brands, ...tags, ...products];
    const said = within.length === 0 ? m["rules.all_goods"]() : list(within);
    const out = [...scope.except_categories, ...(scope.except_products.length > 0 ? [m["rules.goods_count"]({ n: scope.except_products.length })] : [])];
    return out.length === 0 ? said : m["rules.except"]({ goods: said, out: list(out) });
}

function aboutWindow(window: Window): string {
    const { from, until, weekdays, month_days, hours, birthday } = window;
    const dates =
        from !== null && until !== null ? m["rules.from_until"]({ from: full(from), until: full(until) })
        : from !== null ? m["rules.from"]({ at: full(from) })
        : until !== null ? m["rules.until"]({ at: full(until) })
        : "";
    return clauses([
        dates,
        month_days.length === 0 ? "" : m["rules.on_month_days"]({ days: month_days.join("/") }),
        weekdays.length === 0 ? "" : list(weekdays.map((day) => weekday(day, "short"))),
        list(hours.map((each) => `${hourText(each.from_min)}–${hourText(each.until_min)}`)),
        birthday === null ? "" : birthday === "day" ? m["rules.birthday_day"]() : m["rules.birthday_month"](),
    ]);
}

export function aboutWho(membersOnly: boolean, tiers: readonly string[], tags: readonly string[]): string {
    return clauses([
        tiers.length > 0 ? m["rules.for_tiers"]({ names: list(tiers) }) : membersOnly ? m["rules.for_members"]() : "",
        tags.length > 0 ? m["rules.for_tags"]({ names: list(tags) }) : "",
    ]);
}

function aboutLimits(limits: Limits): string {
    const { per_cart_times, per_cart_pieces, per_member_times, in_all_pieces } = limits;
    return list([
        per_cart_times === null ? "" : m["rules.say_cart_times"]({ n: per_cart_times }),
        per_cart_pieces === null ? "" : m["rules.say_cart_pieces"]({ n: per_cart_pieces }),
        per_member_times === null ? "" : m["rules.say_member_times"]({ n: per_member_times }),
        in_all_pieces === null ? "" : m["rules.say_in_all"]({ n: in_all_pieces }),
    ].filter((word) => word !== ""));
}

/** How it goes together with others. */
export function aboutStacking({ group, exclusive }: Pick<Promotion, "group" | "exclusive">): string {
    if (exclusive) return m["rules.stack_exclusive"]();
    return group === undefined || group === "" ? m["rules.stack_all"]() : m["rules.stack_group"]({ group });
}
