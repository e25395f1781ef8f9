/// Somebody with the right allows it here and now: who, and their PIN. Whether they may, the node says.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import type { Approval } from "$wire/Approval";
import type { StaffId } from "$wire/StaffId";
import type { StaffView } from "$wire/StaffView";

const PIN_MOST = 8;
const PIN_LEAST = 4;

export class Approving {
    staff = $state.raw<StaffView[] | null>(null);
    chosenId = $state<StaffId | null>(null);
    pin = $state("");
    refusal = $state.raw<Refusal | null>(null);
    /** A code was scanned where a PIN is asked for. */
    scanned = $state(false);

    constructor(
        private readonly host: Host,
        private readonly selfId: StaffId | null,
    ) {}

    /** Managers first; whoever asks cannot allow it to themselves. */
    async load(): Promise<void> {
        try {
            const { staff } = await this.host.rpc("session.staff", {});
            const others = staff.filter((each) => each.id !== this.selfId);
            this.staff = [...others.filter((each) => each.role === "manager"), ...others.filter((each) => each.role !== "manager")];
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }

    get chosen(): StaffView | null {
        const staff = this.staff ?? [];
        return staff.find((each) => each.id === this.chosenId) ?? staff[0] ?? null;
    }

    choose(id: StaffId): void {
        this.chosenId = id;
        this.pin = "";
    }

    step(by: 1 | -1): void {
        const staff = this.staff ?? [];
        const at = staff.findIndex((each) => each.id === this.chosen?.id);
        const next = staff[(at + by + staff.length) % staff.length];
        if (next !== undefined) this.choose(next.id);
    }

    digit(character: string): boolean {
        if (!/^\d$/.test(character)) return false;
        this.scanned = false;
        if (this.pin.length < PIN_MOST) this.pin += character;
        return true;
    }

    /** A scanned code is taken out again; what was typed before it stays. */
    drop(before: string): void {
        this.pin = before;
        this.scanned = true;
    }

    erase(): void {
        this.pin = this.pin.slice(0, -1);
    }

    get complete(): boolean {
        return this.chosen !== null && this.pin.length >= PIN_LEAST;
    }

    /** What to send; the PIN is gone from the screen at once. */
    take(): Approval | null {
        const who = this.chosen;
        if (who === null || !this.complete) return null;
        const approval = { staff_id: who.id, pin: this.pin };
        this.pin = "";
        return approval;
    }
}
