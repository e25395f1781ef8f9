/// Signing in at a till: who, and their PIN. Digits are taken by the place of their key, so that no input method has to be
/// switched off first.

import { SvelteMap } from "svelte/reactivity";
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
    /** A code was scanned where a PIN is asked for. */
    scanned = $state(false);

    /** Who has no tries left, and for how many seconds; the others come in meanwhile. */
    readonly #locked = new SvelteMap<StaffId, number>();
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
        this.scanned = false;
        if (this.pin.length < PIN_MOST && !this.busy) this.pin += character;
        return true;
    }

    /** A scanned code is taken out again, before it is tried; what was typed before it stays. */
    drop(before: string): void {
        this.pin = before;
        this.scanned = true;
    }

    erase(): void {
        this.pin = this.pin.slice(0, -1);
    }

    clear(): void {
        this.pin = "";
        this.refusal = null;
        this.scanned = false;
    }

    /** Of whoever is chosen. */
    get lockedSeconds(): number {
        return this.chosen === null ? 0 : (this.#locked.get(this.chosen.id) ?? 0);
    }

    /** What the chosen person has to be told. */
    get told(): Refusal | null {
        const seconds = this.lockedSeconds;
        return seconds > 0 ? new Refusal("sign_in.locked", { seconds }) : this.refusal;
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
            const refusal = refusalOf(thrown);
            const seconds = refusal.code === "sign_in.locked" ? Number(refusal.args["seconds"] ?? 0) : 0;
            if (seconds > 0) this.#lock(who.id, Math.ceil(seconds));
            this.refusal = seconds > 0 || this.chosen?.id !== who.id ? null : refusal;
        } finally {
            this.pin = "";
            this.busy = false;
        }
    }

    /** Counts the seconds down before the cashier's eyes, and lets go by itself. */
    #lock(id: StaffId, seconds: number): void {
        this.#locked.set(id, seconds);
        clearTimeout(this.#tick);
        this.#tick = setTimeout(() => this.#count(), 1000);
    }

    #count(): void {
        for (const [id, seconds] of this.#locked) {
            if (seconds > 1) this.#locked.set(id, seconds - 1);
            else this.#locked.delete(id);
        }
        if (this.#locked.size > 0) this.#tick = setTimeout(() => this.#count(), 1000);
    }
}
