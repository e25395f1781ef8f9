/// Today's figures of every store, beside the same hours of the day before.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import { changeTenths } from "$lib/words/figures";
import type { HqToday } from "$wire/HqToday";
import type { StoreFigures } from "$wire/StoreFigures";

/** Which figures the page shows, and in which order. */
export const FIGURES = ["amount_fen", "sales", "member_sales"] as const satisfies readonly (keyof StoreFigures)[];
export type Figure = (typeof FIGURES)[number];

export class Today {
    view = $state.raw<HqToday | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    readonly #look: Latest<null, HqToday>;

    constructor(host: Host) {
        this.#look = new Latest(
            () => host.rpc("hq.today", { day: null }),
            (_, view) => {
                this.view = view;
                this.refusal = null;
            },
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    follow(): void {
        this.#look.want(null);
    }
}

/** Tenths of a per cent against the day before, for each figure. */
export function change(now: StoreFigures, before: StoreFigures, figure: Figure): number | null {
    return changeTenths(now[figure], before[figure]);
}
