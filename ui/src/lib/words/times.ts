/// Moments into words, in the language shown and the time zone that business days are counted in: a console far away and
/// a till whose zone was never set show the same hour as the day the sale belongs to.

import { getLocale } from "$lib/paraglide/runtime";

const STORE_ZONE = "Asia/Shanghai";
const formats = new Map<string, Intl.DateTimeFormat>();

function format(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const locale = getLocale();
    const key = `${locale} ${kind}`;
    let made = formats.get(key);
    if (made === undefined) {
        made = new Intl.DateTimeFormat(locale, { hourCycle: "h23", timeZone: STORE_ZONE, ...options });
        formats.set(key, made);
    }
    return made;
}

/** `14:05` */
export function clock(at: number): string {
    return format("clock", { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** `14:05:09` */
export function clockSeconds(at: number): string {
    return format("seconds", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

/** `2026/11/21` */
export function day(at: number): string {
    return format("day", { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** `11/21 14:05`; only the time when it is the same day as `now`. */
export function moment(at: number, now: number): string {
    return day(at) === day(now)
        ? clock(at)
        : format("moment", { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).format(at);
}

/** `2026/11/21 14:05` */
export function full(at: number): string {
    return format("full", { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).format(at);
}

/** A business day `YYYY-MM-DD` as a date with its weekday. */
export function businessDay(text: string): string {
    const [year, month, date] = text.split("-").map(Number);
    if (year === undefined || month === undefined || date === undefined) return text;
    return format("business", { month: "long", day: "numeric", weekday: "short" }).format(Date.UTC(year, month - 1, date, 4));
}

/** A day of the week, 1 being Monday: `一` and `Mon`, or, `short`, `周一` and `Mon`. */
export function weekday(day: number, length: "least" | "short" = "least"): string {
    const narrow = length === "least" && getLocale() === "zh-CN";
    // A Monday, 2024-01-01, at noon in China.
    return format(narrow ? "weekday narrow" : "weekday", { weekday: narrow ? "narrow" : "short" }).format(Date.UTC(2024, 0, day, 4));
}
