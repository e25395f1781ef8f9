/// Two ways of waiting in line.

/** One after the other, in order, none lost: scans and whatever else changes the cart. */
export class Serial {
    #tail: Promise<unknown> = Promise.resolve();

    run<T>(work: () => Promise<T>): Promise<T> {
        const mine = this.#tail.then(work, work);
        this.#tail = mine.catch(() => undefined);
        return mine;
    }
}

/** Only the newest counts: a search as one types. At most one runs; of those that came meanwhile the last is next. */
export class Latest<Q, R> {
    #running: Promise<void> | null = null;
    #next: { query: Q } | null = null;

    constructor(
        private readonly ask: (query: Q) => Promise<R>,
        private readonly show: (query: Q, reply: R) => void,
        private readonly fail: (query: Q, thrown: unknown) => void,
    ) {}

    want(query: Q): void {
        this.#next = { query };
        this.#running ??= this.#run();
    }

    /** Forgets what waits; an answer already under way is not shown. */
    cancel(): void {
        this.#next = null;
        this.#cancelled++;
    }

    /** When the newest query has been answered. */
    async settled(): Promise<void> {
        await this.#running;
    }

    #cancelled = 0;

    async #run(): Promise<void> {
        while (this.#next !== null) {
            const { query } = this.#next;
            this.#next = null;
            const round = this.#cancelled;
            try {
                const reply = await this.ask(query);
                if (this.#next === null && round === this.#cancelled) this.show(query, reply);
            } catch (thrown) {
                if (this.#next === null && round === this.#cancelled) this.fail(query, thrown);
            }
        }
        this.#running = null;
    }
}
