/// One account's movements, newest first, a page at a time: points of a member, money of a card.

import { refusalOf, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import type { Statement } from "$wire/Statement";
import type { StatementRow } from "$wire/StatementRow";

/** As many pages as are printed; a card has a handful. */
const PAGES_MOST = 40;

export class Ledger {
    view = $state.raw<Statement | null>(null);
    rows = $state.raw<StatementRow[]>([]);
    next = $state.raw<string | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    readonly #look: Latest<null, Statement>;

    constructor(private readonly ask: (after: string | null) => Promise<Statement>) {
        this.#look = new Latest(
            () => ask(null),
            (_, view) => this.#show(view),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    /** The newest page again; whoever reads further down is left there. */
    follow(): void {
        if (this.rows.length <= (this.view?.rows.length ?? 0)) this.#look.want(null);
    }

    /** The newest page, wherever one was. */
    again(): void {
        this.#look.want(null);
    }

    async more(): Promise<void> {
        const after = this.next;
        if (after === null || this.busy) return;
        this.busy = true;
        this.refusal = null;
        try {
            const page = await this.ask(after);
            this.rows = [...this.rows, ...page.rows];
            this.next = page.next;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }

    /** Every page, for paper. `false` when one did not come. */
    async all(): Promise<boolean> {
        await this.#look.settled();
        for (let page = 0; page < PAGES_MOST && this.next !== null; page++) {
            await this.more();
            if (this.refusal !== null) return false;
        }
        return this.next === null;
    }

    #show(view: Statement): void {
        this.view = view;
        this.rows = view.rows;
        this.next = view.next;
        this.refusal = null;
    }
}
