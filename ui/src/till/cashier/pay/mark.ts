/** Where the arrows stand: at an entered tender, a sum of cash, or an offer. */
export interface Mark {
    on: "row" | "cash" | "offer";
    at: number;
}

export const START: Mark = { on: "cash", at: 0 };

/** One stop on, of so many of each kind; the first and the last are the ends. */
export function stepped(mark: Mark, by: 1 | -1, count: Record<Mark["on"], number>): Mark {
    const stops = (["row", "cash", "offer"] as const).flatMap((on) => Array.from({ length: count[on] }, (_, at): Mark => ({ on, at })));
    const at = stops.findIndex((stop) => stop.on === mark.on && stop.at === mark.at);
    return stops[Math.min(Math.max(at + by, 0), stops.length - 1)] ?? START;
}
