/// Moments and hours as fields have them. Stores keep the time of China, which has no summer time.

const ZONE_MS = 8 * 3600 * 1000;
const MINUTE_MS = 60_000;

/** `2026-11-21T09:30` in the stores' time as milliseconds since 1970; `null` when it is no moment. */
export function momentTyped(text: string): number | null {
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return null;
    const at = Date.parse(`${text}:00Z`);
    // A day that no month has is carried over to the next by some readers.
    return Number.isNaN(at) || new Date(at).toISOString().slice(0, 16) !== text ? null : at - ZONE_MS;
}

export function momentText(at: number): string {
    return new Date(at + ZONE_MS).toISOString().slice(0, 16);
}

/** The next whole hour, for a field that begins with a guess. */
export function soon(now: number): string {
    const hour = 60 * MINUTE_MS;
    return momentText(Math.ceil((now + 1) / hour) * hour);
}

/** `20:30` as minutes since midnight; `24:00` is the end of the day. */
export function hourTyped(text: string): number | null {
    const match = /^(\d{1,2})[:：](\d{2})$/.exec(text.trim());
    if (match === null) return null;
    const [hours, minutes] = [Number(match[1]), Number(match[2])];
    const at = hours * 60 + minutes;
    return minutes < 60 && at <= 24 * 60 ? at : null;
}

export function hourText(minutes: number): string {
    return `${Math.trunc(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
