/// Signing in at a till: who, and their PIN. Digits are taken by the place of their key, so that no input method has to be
/// switched off first.

import { Refusal, refusalOf, type Host } from "$lib/host";
import { Latest } from "$lib/queue";
import { keep, kept } from "$lib/settings/kept";
import type { StatusStore } from "$lib/status.svelte";
import type { StaffId } from "$wire/StaffId";
import type { StaffList } from "$wire/StaffList";
import type { StaffView } from "$wire/StaffView";

const PIN_MOST = 8;
const PIN_LEAST = 4;

export class SignIn {
    list = $state.raw<StaffList | null>(null);
    chosenId = $state<StaffId | null>(kept("staff"));
    pin = $state("");
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    lockedSeconds = $state(0);

    readonly #look: Latest<null, StaffList>;
    #tick: ReturnType<typeof setTimeout> | undefined;

    constructor(
        private readonly host: Host,
        private readonly status: StatusStore,
    ) {
        this.#look = new Latest(
            () => host.rpc("session.staff", {}),
            (_, list) => (this.list = list),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    /** Staff may arrive with the chain's book at any time. */
    look(): void {
        this.#look.want(null);
    }

    get chosen(): StaffView | null {
        const staff = this.list?.staff ?? [];
        return staff.find((each) => each.id === this.chosenId) ?? staff[0] ?? null;
    }

    choose(id: StaffId): void {
        this.chosenId = id;
        this.clear();
    }

    step(by: 1 | -1): void {
        const staff = this.list?.staff ?? [];
        const at = staff.findIndex((each) => each.id === this.chosen?.id);
        const next = staff[(at + by + staff.length) % staff.length];
        if (next !== undefined) this.choose(next.id);
    }

    digit(character: string): boolean {
        if (!/^\d$/.test(character)) return false;
        if (this.pin.length < PIN_MOST && !this.busy) this.pin += character;
        return true;
    }

    erase(): void {
        this.pin = this.pin.slice(0, -1);
    }

    clear(): void {
        this.pin = "";
        if (this.lockedSeconds === 0) this.refusal = null;
    }

    get complete(): boolean {
        return this.chosen !== null && this.pin.length >= PIN_LEAST && !this.busy && this.lockedSeconds === 0;
    }

    async submit(): Promise<void> {
        const who = this.chosen;
        if (who === null || !this.complete) return;
        this.busy = true;
        try {
            const session = await this.host.rpc("session.sign_in", { staff_id: who.id, pin: this.pin });
            keep("staff", who.id);
            this.refusal = null;
            this.status.takeSession(session);
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            const seconds = this.refusal.code === "sign_in.locked" ? Number(this.refusal.args["seconds"] ?? 0) : 0;
            if (seconds > 0) this.#lock(Math.ceil(seconds));
        } finally {
            this.pin = "";
            this.busy = false;
        }
    }

    /** Counts the seconds down before the cashier's eyes, and lets go by itself. */
    #lock(seconds: number): void {
        clearTimeout(this.#tick);
        this.lockedSeconds = seconds;
        this.refusal = seconds === 0 ? null : new Refusal("sign_in.locked", { seconds });
        if (seconds > 0) this.#tick = setTimeout(() => this.#lock(seconds - 1), 1000);
    }
}
