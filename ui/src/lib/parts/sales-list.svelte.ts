/// A day's sales, newest first, a page at a time, and the one that is looked at. The till lists its own store with it,
/// head office any store.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import type { SaleId } from "$wire/SaleId";
import type { SaleRow } from "$wire/SaleRow";
import type { SaleView } from "$wire/SaleView";
import type { TodayView } from "$wire/TodayView";

type Ask = (after: string | null) => Promise<TodayView>;

export class SalesList {
    view = $state.raw<TodayView | null>(null);
    rows = $state.raw<SaleRow[]>([]);
    at = $state(0);
    sale = $state.raw<SaleView | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    #asked: SaleId | null = null;
    #next = $state.raw<string | null>(null);
    readonly #look: Latest<null, TodayView>;

    constructor(
        private readonly host: Host,
        private readonly ask: Ask,
    ) {
        this.#look = new Latest(
            () => ask(null),
            (_, view) => this.#show(view),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    /** The newest page again. Whoever reads further down is not thrown back to the top. */
    follow(): void {
        if (this.rows.length <= (this.view?.sales.length ?? 0)) this.#look.want(null);
    }

    get next(): string | null {
        return this.#next;
    }

    async more(): Promise<void> {
        const after = this.#next;
        if (after === null || this.busy) return;
        this.busy = true;
        this.refusal = null;
        try {
            const page = await this.ask(after);
            this.rows = [...this.rows, ...page.sales];
            this.#next = page.next;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }

    step(by: 1 | -1): void {
        void this.choose(Math.min(Math.max(this.at + by, 0), this.rows.length - 1));
    }

    async choose(at: number): Promise<void> {
        const row = this.rows[at];
        this.at = Math.max(0, at);
        if (row === undefined || (row.id === this.#asked && this.sale?.sent === row.sent)) return;
        this.#asked = row.id;
        try {
            const sale = await this.host.rpc("sale.get", { id: row.id });
            if (this.#asked === row.id) this.sale = sale;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }

    #show(view: TodayView): void {
        const lookedAt = this.rows[this.at]?.id;
        this.refusal = null;
        this.view = view;
        this.rows = view.sales;
        this.#next = view.next;
        void this.choose(Math.max(0, view.sales.findIndex((row) => row.id === lookedAt)));
    }
}
