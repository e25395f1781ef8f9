/// Joining anew at a till that its server has given up: the code, and that a person has seen what no server has.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import type { StatusStore } from "$lib/status.svelte";

export class Rejoin {
    code = $state("");
    accepted = $state(false);
    sending = $state(false);
    refusal = $state.raw<Refusal | null>(null);

    constructor(
        private readonly host: Host,
        private readonly status: StatusStore,
    ) {}

    /** On this disk alone. */
    get unkept(): number {
        return this.status.view?.sync.unkept ?? 0;
    }

    get ready(): boolean {
        return !this.sending && this.code.trim() !== "" && (this.unkept === 0 || this.accepted);
    }

    async send(): Promise<void> {
        if (!this.ready) return;
        this.sending = true;
        this.refusal = null;
        try {
            await this.host.rpc("sync.rejoin", { code: this.code.trim(), unkept: this.unkept });
            // From here on this is a till in its first run.
            await this.status.refresh();
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            // More may be on this disk by now than was seen.
            this.accepted = false;
        } finally {
            this.sending = false;
        }
    }
}
