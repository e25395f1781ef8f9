/// A form's or a page's dealings with the node: one thing at a time, and why it was refused.

import { refusalOf, type Refusal } from "$lib/host";

export class Asking {
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);

    /** `null` when it was refused, or when an earlier one is still under way. */
    async ask<R>(work: () => Promise<R>): Promise<R | null> {
        if (this.busy) return null;
        this.busy = true;
        this.refusal = null;
        try {
            return await work();
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            return null;
        } finally {
            this.busy = false;
        }
    }
}
