/// One's own PIN at a till, by who knows the old one. What goes wrong is told beside the field that it is about.

import { Refusal, refusalOf, type Host } from "$lib/host";
import type { StatusStore } from "$lib/status.svelte";
import type { Code } from "$wire/Code";

/** In the order in which they are filled in. */
export const FIELDS = ["old", "new", "again"] as const;
export type Field = (typeof FIELDS)[number];

const ABOUT: Partial<Record<Code, Field>> = { "pin.wrong": "old", "sign_in.locked": "old", "pin.invalid": "new" };
const EMPTY: Record<Field, string> = { old: "", new: "", again: "" };

export class OwnPin {
    readonly typed = $state<Record<Field, string>>({ ...EMPTY });
    refusal = $state.raw<Refusal | null>(null);
    /** The new one was not typed twice the same. */
    differ = $state(false);
    /** A code was scanned here, where it is nothing. */
    scanned = $state(false);
    busy = $state(false);
    done = $state(false);

    constructor(
        private readonly host: Host,
        private readonly status: StatusStore,
    ) {}

    /** The field that the refusal is about; `null` for one that is about none. */
    get about(): Field | null {
        return this.refusal === null ? null : (ABOUT[this.refusal.code] ?? null);
    }

    /** On from a field, and saved from the last one. Answers where to type next; `null` when there is nothing more to type. */
    async onward(from: Field): Promise<Field | null> {
        if (this.busy || this.done) return null;
        this.#forget();
        if (from === "old") return this.typed.old === "" ? "old" : "new";
        if (!/^\d{4,8}$/.test(this.typed.new)) return this.#refused(new Refusal("pin.invalid"));
        if (from === "new") return "again";
        if (this.typed.again !== this.typed.new) {
            this.differ = this.typed.again !== "";
            this.typed.again = "";
            return "again";
        }
        return this.typed.old === "" ? "old" : await this.#save();
    }

    /** A code that came here is no PIN: the field is as it was before. */
    drop(field: Field, before: string): void {
        this.#forget();
        this.typed[field] = before;
        this.scanned = true;
    }

    async #save(): Promise<Field | null> {
        this.busy = true;
        try {
            this.status.takeSession(await this.host.rpc("session.change_secret", { old: this.typed.old, new: this.typed.new }));
            Object.assign(this.typed, EMPTY);
            this.done = true;
            return null;
        } catch (thrown) {
            return this.#refused(refusalOf(thrown));
        } finally {
            this.busy = false;
        }
    }

    /** What has to be typed anew is emptied. */
    #refused(refusal: Refusal): Field {
        this.refusal = refusal;
        const field = this.about;
        if (field === "old") this.typed.old = "";
        if (field === "new") this.typed.new = this.typed.again = "";
        return field ?? "again";
    }

    #forget(): void {
        this.refusal = null;
        this.differ = false;
        this.scanned = false;
    }
}
