/// The till's drawer, a business day at a time: what was in it, each movement of cash, what is in it now (A6).

import type { Host } from "$lib/host";
import type { DrawerDay } from "$wire/DrawerDay";
import { Ledger, type Page } from "../../member/ledger.svelte";

type Shown = DrawerDay & Page;

export class Drawer {
    /** `null` is today, also when midnight passes. */
    day = $state<string | null>(null);
    ledger = $state.raw<Ledger<Shown>>() as Ledger<Shown>;
    /** What was read last: a day stays in sight until the next one is there. */
    shown = $state.raw<DrawerDay | null>(null);

    constructor(private readonly host: Host) {
        this.#open(null);
    }

    /** Cash comes in while one looks. */
    follow(): void {
        this.ledger.follow();
    }

    more(): Promise<void> {
        return this.ledger.more();
    }

    step(by: 1 | -1): void {
        const shown = this.shown;
        if (shown === null) return;
        if (by === -1) this.#open(shown.day_before);
        else if (shown.day_after !== null) this.#open(shown.day_after);
    }

    #open(day: string | null): void {
        this.day = day;
        const ledger = new Ledger<Shown>(async (after) => {
            const read = await this.host.rpc("statement.drawer", { day, after });
            if (this.ledger === ledger) this.shown = read;
            return { ...read, rows: read.cash.rows, next: read.cash.next };
        });
        this.ledger = ledger;
        ledger.again();
    }
}
