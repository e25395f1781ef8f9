/// What the sync panel can do: try now, and check the book.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import type { StatusStore } from "$lib/status.svelte";
import type { VerifyReport } from "$wire/VerifyReport";

export class SyncActions {
    busy = $state<"no" | "retry" | "verify">("no");
    refusal = $state.raw<Refusal | null>(null);
    report = $state.raw<VerifyReport | null>(null);

    constructor(
        private readonly host: Host,
        private readonly status: StatusStore,
    ) {}

    retry(): Promise<void> {
        return this.#run("retry", async () => this.status.take(await this.host.rpc("sync.now", {})));
    }

    verify(): Promise<void> {
        return this.#run("verify", async () => {
            this.report = await this.host.rpc("status.verify", {});
        });
    }

    async #run(what: "retry" | "verify", work: () => Promise<void>): Promise<void> {
        if (this.busy !== "no") return;
        this.busy = what;
        this.refusal = null;
        try {
            await work();
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = "no";
        }
    }
}
