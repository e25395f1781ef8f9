/// First run: this machine joins a chain by the code head office made for it, or starts a chain here. The node does the
/// work; `status.watch` announces that something moved and `setup.status` says what.

import { Refusal, refusalOf, type Host } from "$lib/host";
import { Latest } from "$lib/queue";
import type { SetupStart } from "$wire/SetupStart";
import type { SetupView } from "$wire/SetupView";

export type Way = "join" | "start";

export class FirstRun {
    way = $state<Way>("join");
    code = $state("");
    form = $state<SetupStart>({ chain_name: "", store_name: "", store_code: "", manager_name: "", pin: "" });
    pinAgain = $state("");
    view = $state.raw<SetupView | null>(null);
    refused = $state.raw<Refusal | null>(null);
    sending = $state(false);

    readonly #look: Latest<null, SetupView>;

    constructor(private readonly host: Host) {
        this.#look = new Latest(
            () => host.rpc("setup.status", {}),
            (_, view) => (this.view = view),
            (_, thrown) => (this.refused = refusalOf(thrown)),
        );
    }

    /** Under way: the node works by itself and the form waits, also while something holds it up. */
    get working(): boolean {
        const stage = this.view?.stage.stage ?? "fresh";
        return this.sending || (stage !== "fresh" && stage !== "broken");
    }

    /** The book is there and being read, but not now: it is tried again by itself, and by hand. */
    get heldUp(): boolean {
        return this.view?.stage.stage === "fetching" && this.refusal !== null;
    }

    /** There is a book that cannot be opened: nothing may be started over it. */
    get broken(): boolean {
        return this.view?.stage.stage === "broken";
    }

    get refusal(): Refusal | null {
        const error = this.view?.error ?? null;
        return this.refused ?? (error === null ? null : refusalOf(error));
    }

    get pinsDiffer(): boolean {
        return this.pinAgain !== "" && this.pinAgain !== this.form.pin;
    }

    look(): void {
        this.#look.want(null);
    }

    join(): Promise<void> {
        return this.#send(() => this.host.rpc("setup.join", { code: this.code.trim() }));
    }

    retry(): Promise<void> {
        return this.#send(() => this.host.rpc("setup.retry", {}));
    }

    /** Puts the unread book away; the form is there again. */
    startOver(): Promise<void> {
        return this.#send(() => this.host.rpc("setup.start_over", {}));
    }

    start(): Promise<void> {
        if (this.form.pin !== this.pinAgain) return Promise.resolve();
        const form = { ...this.form, store_code: this.form.store_code.trim().toUpperCase() };
        return this.#send(() => this.host.rpc("setup.start", form));
    }

    async #send(work: () => Promise<SetupView>): Promise<void> {
        if (this.sending) return;
        this.sending = true;
        this.refused = null;
        try {
            this.view = await work();
        } catch (thrown) {
            this.refused = refusalOf(thrown);
        } finally {
            this.sending = false;
        }
    }
}
