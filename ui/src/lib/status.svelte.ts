/// What the node says of itself, followed for ever: `status.get` once, then `status.watch`, which answers when something
/// changed. Every screen that shows live facts reads this store; none of them asks on a timer.

import { Refusal, refusalOf, type Host } from "./host";
import type { Permission } from "$wire/Permission";
import type { SessionEnd } from "$wire/SessionEnd";
import type { SessionView } from "$wire/SessionView";
import type { StaffView } from "$wire/StaffView";
import type { StatusView } from "$wire/StatusView";

const BACK_OFF_FIRST_MS = 250;
const BACK_OFF_MOST_MS = 8_000;

/** Why somebody is in no more who did not sign out. Sessions end with their process: where it knows of no end, it is another one. */
export type SignedOutWhy = Exclude<SessionEnd, "signed_out"> | "restarted";

export class StatusStore {
    view = $state.raw<StatusView | null>(null);
    /** Set while the node itself does not answer. */
    refusal = $state.raw<Refusal | null>(null);
    /** Set from the moment at which somebody is in no more, until somebody is; never by one's own doing. */
    signedOut = $state.raw<{ why: SignedOutWhy; name: string } | null>(null);
    /** Who was in when last heard. */
    #in: StaffView | null = null;
    /** The node's clock minus this browser's, so that a screen can tell the time between two answers. */
    #clockOffsetMs = 0;
    #stopped = false;
    /** Counts sign-ins and sign-outs: an answer asked for before one speaks of a session that is no more. */
    #sessions = 0;

    constructor(
        private readonly host: Host,
        private readonly sleep: (ms: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms)),
    ) {}

    take(view: StatusView): void {
        // An answer that was overtaken by a newer one must not turn the screen back.
        if (this.view !== null && view.version < this.view.version) return;
        this.#clockOffsetMs = view.now - Date.now();
        this.view = view;
        this.refusal = null;
        // A till that begins anew, because it was told to, has nobody in and owes no explanation.
        this.#follow(view.session, view.node === "unset");
    }

    /** The reply of a sign-in or a sign-out, shown at once instead of when the watch comes round. */
    takeSession(session: SessionView): void {
        this.#sessions += 1;
        if (this.view !== null) this.view = { ...this.view, session };
        this.#follow(session, true);
    }

    #follow({ staff, ended }: SessionView, own: boolean): void {
        const before = this.#in;
        this.#in = staff;
        if (staff !== null || own) this.signedOut = null;
        else if (before !== null && ended !== "signed_out") this.signedOut = { why: ended ?? "restarted", name: before.name };
    }

    now(): number {
        return Date.now() + this.#clockOffsetMs;
    }

    may(permission: Permission): boolean {
        return this.view?.session.permissions.includes(permission) ?? false;
    }

    async refresh(): Promise<void> {
        try {
            this.take(await this.host.rpc("status.get", {}));
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }

    async follow(): Promise<void> {
        let waitMs = BACK_OFF_FIRST_MS;
        while (!this.#stopped) {
            try {
                // After a failure the node may be another process that counts from one again: start over.
                const restart = this.view === null || this.refusal !== null;
                if (restart) {
                    const view = await this.host.rpc("status.get", {});
                    this.view = null;
                    this.take(view);
                } else {
                    const seen = this.view?.version ?? 0;
                    const sessions = this.#sessions;
                    const view = await this.host.rpc("status.watch", { seen });
                    if (sessions === this.#sessions) this.take(view);
                    else this.take(await this.host.rpc("status.get", {}));
                }
                waitMs = BACK_OFF_FIRST_MS;
            } catch (thrown) {
                this.refusal = refusalOf(thrown);
                await this.sleep(waitMs);
                waitMs = Math.min(waitMs * 2, BACK_OFF_MOST_MS);
            }
        }
    }

    stop(): void {
        this.#stopped = true;
    }
}
