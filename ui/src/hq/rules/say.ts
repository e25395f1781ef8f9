/// Small pieces of sentences about rules.

import { m } from "$lib/paraglide/messages";
import { getLocale } from "$lib/paraglide/runtime";
import { scaledText, yuanText } from "$lib/words/figures";
import { full } from "$lib/words/times";

export const list = (words: readonly string[]): string => words.filter((word) => word !== "").join(m["list.comma"]());
export const clauses = (words: readonly string[]): string => words.filter((word) => word !== "").join(m["rules.semicolon"]());
export const money = (fen: number): string => `￥${yuanText(fen)}`;
export const unique = (words: readonly string[]): string[] => [...new Set(words)];
export const times = (permille: number): string => m["rules.times"]({ n: scaledText(permille, 3) });

/** Decimals of a share as it is typed: 9.5 折 is 950 thousandths, and so is 95 %. */
export const shareDecimals = (): number => (getLocale() === "zh-CN" ? 2 : 1);

/** What remains to be paid, as it is said. */
export function share(permille: number): string {
    return permille === 0 ? m["rules.free"]() : m["rules.share"]({ n: scaledText(permille, shareDecimals()) });
}

/** Since when a version holds; those a chain begins with have no moment. */
export const since = (at: number): string => (at <= 0 ? m["rules.from_start"]() : full(at));
