/// What a text in the one box means, before anybody is asked. The node reads `3*…` itself; a screen only needs to know
/// whether a quantity stands alone, and which words to look goods up by while they are typed.

import { milliTyped } from "$lib/words/figures";

const PREFIX = /^(\d+(?:\.\d+)?)\s*[*×＊]\s*/;

export interface Entry {
    /** Of the prefix, or one piece. */
    quantityMilli: number;
    prefixed: boolean;
    /** What follows the prefix. */
    words: string;
}

export function readEntry(text: string): Entry {
    const trimmed = narrowed(text).trim();
    const prefix = PREFIX.exec(trimmed);
    const milli = prefix === null ? null : milliTyped(prefix[1] ?? "");
    if (prefix === null || milli === null || milli === 0) return { quantityMilli: 1000, prefixed: false, words: trimmed };
    return { quantityMilli: milli, prefixed: true, words: trimmed.slice(prefix[0].length).trim() };
}

/** A scan that came while `3*` stood in the box takes three; any other text there was not meant for it. */
export function withScan(code: string, typed: string): string {
    const before = readEntry(typed);
    return before.prefixed && before.words === "" ? `${narrowed(typed).trim()}${code}` : code;
}

/** Digits only: a quantity may still come of it, or a code typed by hand; nothing to look up by. */
export function isFigure(text: string): boolean {
    return /^\d+(\.\d*)?$/.test(text);
}

/** Full-width digits, as an input method leaves them, as plain ones. */
export function narrowed(text: string): string {
    return text.replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0)).replace(/．/g, ".");
}
