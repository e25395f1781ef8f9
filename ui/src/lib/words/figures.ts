/// Integers into figures a person reads. Amounts come in fen, quantities in thousandths; nothing here rounds, because
/// nothing here has anything to round.

/** `123456` → `1,234`. */
export function grouped(whole: number): string {
    const digits = String(Math.abs(Math.trunc(whole)));
    const text = digits.replace(/\B(?=(\d{3})+$)/g, ",");
    return whole < 0 ? `-${text}` : text;
}

/** Fen as yuan with two decimals, without the sign: `123456` → `1,234.56`. */
export function yuan(fen: number): string {
    const size = Math.abs(fen);
    const text = `${grouped((size - (size % 100)) / 100)}.${String(size % 100).padStart(2, "0")}`;
    return fen < 0 ? `-${text}` : text;
}

/** Thousandths as a quantity: `3000` → `3`, `1250` → `1.25`. */
export function quantity(milli: number): string {
    const size = Math.abs(milli);
    const fraction = String(size % 1000).padStart(3, "0").replace(/0+$/, "");
    const whole = grouped((size - (size % 1000)) / 1000);
    return `${milli < 0 ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Typed digits with at most `decimals` after the point as an integer of that many decimals, or `null`. */
export function scaled(text: string, decimals: number): number | null {
    const match = /^(\d{0,9})(?:\.(\d*))?$/.exec(text);
    if (match === null || text === "" || text === ".") return null;
    const fraction = match[2] ?? "";
    if (fraction.length > decimals) return null;
    return Number(`${match[1] ?? ""}${fraction.padEnd(decimals, "0")}`);
}

/** What was typed as yuan, in fen; `null` when it is not an amount. */
export function fenTyped(text: string): number | null {
    return scaled(text, 2);
}

/** What was typed as a quantity, in thousandths; `null` when it is not one. */
export function milliTyped(text: string): number | null {
    return scaled(text, 3);
}

/** The other way round, as one would type it: `scaledText(950, 2)` → `9.5`. */
export function scaledText(value: number, decimals: number): string {
    const digits = String(value).padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals);
    const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
    return decimals === 0 || fraction === "" ? whole : `${whole}.${fraction}`;
}

/** Fen as one would type them, or say them in a sentence: `30000` → `300`, `1990` → `19.90`. */
export function yuanText(fen: number): string {
    return fen % 100 === 0 ? String(fen / 100) : `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
}

/** Tenths of a per cent by which `now` differs from `before`; `null` where there is nothing to compare with. */
export function changeTenths(now: number, before: number): number | null {
    return before === 0 ? null : Math.round(((now - before) * 1000) / before);
}

/** `123` → `+12.3 %`. */
export function percentTenths(tenths: number): string {
    const size = Math.abs(tenths);
    const sign = tenths > 0 ? "+" : tenths < 0 ? "−" : "±";
    return `${sign}${grouped(Math.trunc(size / 10))}.${size % 10} %`;
}

/** Eleven digits in the groups people say them in; a masked or foreign one as it came. */
export function phoneGroups(phone: string): string {
    return /^[\d*]{11}$/.test(phone) ? `${phone.slice(0, 3)} ${phone.slice(3, 7)} ${phone.slice(7)}` : phone;
}

/** Basis points as a share: `1300` → `13 %`, `650` → `6.5 %`. */
export function rate(bp: number): string {
    const fraction = String(bp % 100).padStart(2, "0").replace(/0+$/, "");
    return `${(bp - (bp % 100)) / 100}${fraction === "" ? "" : `.${fraction}`} %`;
}
