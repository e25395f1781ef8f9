/// Colleagues at the till of a chain without a server: who there is, taking one on, another PIN.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { m } from "$lib/paraglide/messages";
import type { Role } from "$wire/Role";
import type { StaffList } from "$wire/StaffList";
import type { StaffView } from "$wire/StaffView";

export const TILL_ROLES: Role[] = ["cashier", "assistant", "manager"];

export class Colleagues {
    list = $state.raw<StaffView[]>([]);
    name = $state("");
    role = $state<Role>("cashier");
    /** Who gets another PIN; `null` while a new colleague is being written down. */
    chosen = $state.raw<StaffView | null>(null);
    pin = $state("");
    done = $state("");
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);

    constructor(private readonly host: Host) {}

    get ready(): boolean {
        return !this.busy && /^\d{4,8}$/.test(this.pin) && (this.chosen !== null || this.name.trim() !== "");
    }

    choose(person: StaffView | null): void {
        this.chosen = person;
        this.pin = "";
        this.done = "";
        this.refusal = null;
    }

    async load(): Promise<void> {
        await this.#ask(() => this.host.rpc("session.staff", {}));
    }

    async save(): Promise<void> {
        if (!this.ready) return;
        const { chosen, pin, role } = this;
        const name = this.name.trim();
        const work = () => (chosen === null ? this.host.rpc("staff.add", { name, role, pin }) : this.host.rpc("staff.pin", { staff_id: chosen.id, pin }));
        if (!(await this.#ask(work))) return;
        this.choose(null);
        this.done = chosen === null ? m["staff.added"]({ name }) : m["staff.pin_set"]({ name: chosen.name });
        this.name = "";
    }

    async #ask(work: () => Promise<StaffList>): Promise<boolean> {
        if (this.busy) return false;
        this.busy = true;
        this.refusal = null;
        try {
            this.list = (await work()).staff;
            return true;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            return false;
        } finally {
            this.busy = false;
        }
    }
}
