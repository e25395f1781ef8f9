/// Finding a member as one types, and registering one right there: a phone nobody has is a new member, and Enter is all
/// it takes (B5, B10).

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import type { ScanBox } from "$lib/scanner/scanner";
import { narrowed } from "../cashier/entry";
import type { MemberCard } from "$wire/MemberCard";
import type { MemberHits } from "$wire/MemberHits";

/** `said`: what they were found by. Whether it names them whole, the node says. */
export type Picked = (member: MemberCard, created: boolean, said: string) => void;

export class Members implements ScanBox {
    text = $state("");
    name = $state("");
    found = $state.raw<MemberHits>({ hits: [], more: false });
    /** What `found` was asked for; hits of an older text are never picked. */
    foundFor = $state("");
    at = $state(0);
    refusal = $state.raw<Refusal | null>(null);
    registering = $state(false);

    element: HTMLInputElement | null = null;
    #composing = false;
    readonly #look: Latest<string, MemberHits>;

    constructor(
        private readonly host: Host,
        private readonly mayRegister: boolean,
        private readonly picked: Picked,
    ) {
        this.#look = new Latest(
            (text) => host.rpc("member.search", { text }),
            (text, hits) => this.#show(text, hits),
            (text, thrown) => {
                this.#show(text, { hits: [], more: false });
                this.refusal = refusalOf(thrown);
            },
        );
    }

    typed(text: string): void {
        this.text = text;
        if (this.#composing) return;
        this.refusal = null;
        const query = text.trim();
        if (query !== "") return this.#look.want(query);
        this.#look.cancel();
        this.#show("", { hits: [], more: false });
    }

    composing(begins: boolean): void {
        this.#composing = begins;
        if (!begins) this.typed(this.element?.value ?? "");
    }

    settled(): string {
        return "";
    }

    clear(): void {
        if (this.element === null) return;
        if (this.#composing) this.element.blur();
        this.element.value = "";
        this.element.focus();
        this.#composing = false;
    }

    /** A member card, or a phone typed by a machine: when it names a member there is nothing left to ask. */
    async scanned(code: string): Promise<void> {
        this.typed(code);
        await this.#look.settled();
        const [first] = this.found.hits;
        if (first?.found_by === "card" || first?.found_by === "phone") this.picked(first.member, false, code);
    }

    step(by: 1 | -1): void {
        this.at = Math.min(Math.max(this.at + by, 0), this.rows - 1);
    }

    /** The phone that Enter would register: eleven digits that nobody has. */
    get newPhone(): string | null {
        if (!this.mayRegister || this.foundFor !== this.text.trim()) return null;
        const digits = narrowed(this.text).replace(/[\s-]/g, "");
        if (!/^(\+?86|0086)?1\d{10}$/.test(digits)) return null;
        return this.found.hits.some((hit) => hit.found_by === "phone") ? null : digits;
    }

    get rows(): number {
        return this.found.hits.length + (this.newPhone === null ? 0 : 1);
    }

    /** Enter. Typing may be quicker than the search, so it waits for the answer to what stands in the box. */
    async confirm(): Promise<void> {
        await this.#look.settled();
        const hit = this.found.hits[this.at];
        if (hit !== undefined) this.picked(hit.member, false, this.foundFor);
        else if (this.newPhone !== null) await this.register(this.newPhone);
    }

    async register(phone: string): Promise<void> {
        if (this.registering) return;
        this.registering = true;
        this.refusal = null;
        try {
            const name = this.name.trim();
            const request = { phone, name: name === "" ? null : name, sex: null, birthday: null, card_no: null };
            const { member, created } = await this.host.rpc("member.register", request);
            this.picked(member, created, phone);
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.registering = false;
        }
    }

    #show(text: string, hits: MemberHits): void {
        this.found = hits;
        this.foundFor = text;
        this.at = 0;
    }
}
