/// What the rules of members, cards, payment and tax say in one line.

import { m } from "$lib/paraglide/messages";
import { scaledText, yuanText } from "$lib/words/figures";
import type { CardLaws } from "$wire/CardLaws";
import type { CardType } from "$wire/CardType";
import type { EarnPoints } from "$wire/EarnPoints";
import type { Measure } from "$wire/Measure";
import type { TaxRule } from "$wire/TaxRule";
import type { Tenders } from "$wire/Tenders";
import type { Tiers } from "$wire/Tiers";
import { clauses, list, money, share, times } from "./say";

export function measured(by: Measure, amount: number): string {
    if (by === "spend") return money(amount);
    return by === "visits" ? m["rules.n_visits"]({ n: amount }) : m["rules.n_growth"]({ n: amount });
}

export function aboutTiers({ by, window, levels }: Tiers): string {
    const measure = by === "spend" ? m["rules.by_spend"]() : by === "visits" ? m["rules.by_visits"]() : m["rules.by_growth"]();
    const within = window === "lifetime" ? m["rules.lifetime"]() : m["rules.last_months"]({ n: window.months.months });
    const said = levels.map((level) => {
        const gives = [level.price_permille === 1000 ? "" : m["rules.say_price"]({ share: share(level.price_permille) }), level.points_permille === 1000 ? "" : times(level.points_permille)].filter((word) => word !== "");
        const what = level.from === 0 ? level.name : m["rules.say_level"]({ name: level.name, from: measured(by, level.from) });
        return gives.length === 0 ? what : `${what} ${list(gives)}`;
    });
    return clauses([`${within} ${measure}`, said.join(" → ")]);
}

export function aboutPoints({ per_fen, points, multipliers, redeem, expiry }: EarnPoints): string {
    const lapse =
        expiry === "never" ? m["rules.expiry_never"]()
        : "rolling" in expiry ? m["rules.say_rolling"]({ n: expiry.rolling.months })
        : m["rules.say_year_end"]({ n: expiry.year_end.years });
    return clauses([
        m["rules.say_earn"]({ amount: money(per_fen), points }),
        list((multipliers ?? []).map((each) => `${each.name} ${times(each.permille)}`)),
        redeem == null ? m["rules.no_redeem"]() : m["rules.say_redeem"]({ points: redeem.points, amount: money(redeem.fen) }),
        lapse,
    ]);
}

export function aboutCardType({ registered, plans, free_amount, spend_order }: CardType): string {
    const order = { principal_first: m["rules.principal_first"], bonus_first: m["rules.bonus_first"], proportional: m["rules.both_in_proportion"] }[spend_order];
    return clauses([
        registered ? m["rules.registered"]() : m["rules.anonymous"](),
        list(plans.map((plan) => (plan.bonus_fen === 0 ? m["rules.say_plan_plain"]({ pay: yuanText(plan.pay_fen) }) : m["rules.say_plan"]({ pay: yuanText(plan.pay_fen), bonus: yuanText(plan.bonus_fen) })))),
        free_amount === null ? "" : m["rules.say_free"]({ least: money(free_amount.least_fen), most: money(free_amount.most_fen) }),
        order(),
    ]);
}

export function aboutTenders({ tenders }: Tenders): string {
    const on = tenders.filter((tender) => tender.enabled).map((tender) => tender.name);
    return on.length === 0 ? m["rules.no_tenders"]() : list(on);
}

export const rate = (bp: number): string => `${scaledText(bp, 2)} %`;

export function aboutTax({ mode, default_bp, categories }: TaxRule): string {
    const others = Object.entries(categories ?? {}).map(([name, bp]) => `${name} ${rate(bp)}`);
    return clauses([mode === "included" ? m["rules.tax_included"]() : m["rules.tax_added"](), rate(default_bp), list(others)]);
}

export function aboutCardLaw(law: CardLaws): string {
    return clauses([
        law.city,
        m["rules.say_registered_most"]({ amount: money(law.registered_most_fen) }),
        m["rules.say_anonymous_most"]({ amount: money(law.anonymous_most_fen) }),
        m["rules.say_cooling"]({ n: law.cooling_days }),
        list((law.cities ?? []).map((pack) => pack.city)),
    ]);
}
