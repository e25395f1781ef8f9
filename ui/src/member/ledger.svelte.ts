/// A list that is read newest first, a page at a time: points of a member, money of a card, cash of a drawer, what does not count.

import { refusalOf, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import type { Statement } from "$wire/Statement";
import type { StatementRow } from "$wire/StatementRow";

/** What every page says, whatever else it says of what is listed. */
export interface Page<R = StatementRow> {
    rows: R[];
    next: string | null;
}

/** Movements as a table or a sheet of paper shows them. */
export type Movements = Pick<Ledger<Page>, "rows" | "next" | "refusal" | "busy" | "begun" | "reading" | "whole" | "more" | "all" | "stop">;

export class Ledger<P extends Page<unknown> = Statement> {
    view = $state.raw<P | null>(null);
    rows = $state.raw<P["rows"][number][]>([]);
    next = $state.raw<string | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    /** Every page is being read. */
    reading = $state(false);
    #stopped = false;
    #more: Promise<void> | null = null;
    readonly #look: Latest<null, P>;

    constructor(private readonly ask: (after: string | null) => Promise<P>) {
        this.#look = new Latest(
            () => ask(null),
            (_, view) => this.#show(view),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    get begun(): boolean {
        return this.view !== null;
    }

    /** Nothing is left to read. */
    get whole(): boolean {
        return this.view !== null && this.next === null;
    }

    /** The newest page again; whoever reads further down is left there. */
    follow(): void {
        if (this.rows.length <= (this.view?.rows.length ?? 0)) this.#look.want(null);
    }

    /** The newest page, wherever one was. */
    again(): void {
        this.#look.want(null);
    }

    /** The next page. Asked for while one is on its way, it is that one. */
    more(): Promise<void> {
        this.#more ??= this.#readOn().finally(() => (this.#more = null));
        return this.#more;
    }

    /** Every page, for paper, however many; what was read stays. `false` when it was stopped, or one did not come. */
    async all(): Promise<boolean> {
        if (this.reading) return false;
        this.reading = true;
        this.#stopped = false;
        try {
            if (this.view === null) this.#look.want(null);
            await this.#look.settled();
            if (this.view !== null) this.refusal = null;
            while (!this.whole && this.refusal === null && !this.#stopped) await this.more();
            return this.whole;
        } finally {
            this.reading = false;
        }
    }

    /** No page after the one on its way. */
    stop(): void {
        this.#stopped = true;
    }

    async #readOn(): Promise<void> {
        const after = this.next;
        if (after === null) return;
        this.busy = true;
        this.refusal = null;
        try {
            const page = await this.ask(after);
            // The newest page came meanwhile: this one does not follow it.
            if (this.next !== after) return;
            this.rows = [...this.rows, ...page.rows];
            this.next = page.next;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }

    #show(view: P): void {
        this.view = view;
        this.rows = view.rows;
        this.next = view.next;
        this.refusal = null;
    }
}
