/// Who buys the card money, when the law wants to know it: the document shown, and of a company the person who acts for it. The
/// node says what is a document, whom it knows by it, and how little of that is shown.

import { Refusal, refusalOf, type Host } from "$lib/host";
import type { BuyerId } from "$wire/BuyerId";
import type { BuyerView } from "$wire/BuyerView";
import type { DocumentKind } from "$wire/DocumentKind";
import type { MemberId } from "$wire/MemberId";

/** Whose document it is: the card's member's, somebody else's, or a company's. */
export type Who = "member" | "person" | "company";

/** A document as it is typed in. */
export class DocumentField {
    number = $state("");
    refusal = $state.raw<Refusal | null>(null);
    /** Who is on record with it. */
    known = $state.raw<BuyerView | null>(null);
    #readNumber = $state("");

    constructor(
        private readonly host: Host,
        /** Which kind, told anew each time: it may be chosen after the number. */
        readonly kind: () => DocumentKind,
    ) {}

    /** From a reader: what it typed, in capitals. */
    read(code: string): void {
        this.number = this.#readNumber = code.toUpperCase();
        void this.look();
    }

    /** What stands here came from a reader, and is a document. */
    get isRead(): boolean {
        return this.#readNumber !== "" && this.#readNumber === this.number && this.refusal === null;
    }

    /** Asks the node about what was typed. `false` when it is no such document. */
    async look(): Promise<boolean> {
        const { number } = this;
        const kind = this.kind();
        this.refusal = null;
        this.known = null;
        if (number.trim() === "") return true;
        try {
            const { buyer } = await this.host.rpc("buyer.find", { kind, number });
            if (this.number === number && this.kind() === kind) this.known = buyer;
            return true;
        } catch (thrown) {
            if (this.number === number && this.kind() === kind) this.refusal = refusalOf(thrown);
            return false;
        }
    }
}

export class BuyerForm {
    who = $state<Who>("person");
    /** Of a person, and of who acts for a company. */
    kind = $state<DocumentKind>("resident_id");
    agentKind = $state<DocumentKind>("resident_id");
    name = $state("");
    phone = $state("");
    agentName = $state("");
    readonly document: DocumentField;
    readonly agent: DocumentField;
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);

    /** The record to come, so that sending it twice makes one. */
    #id: BuyerId | null = null;

    constructor(
        private readonly host: Host,
        /** The card's member, with name and phone where they may be seen. */
        readonly member: { id: MemberId; name: string; phone: string } | null,
        /** The member's document on record. */
        private readonly own: BuyerView | null,
        private readonly recorded: (buyer: BuyerView) => void,
    ) {
        this.document = new DocumentField(host, () => (this.who === "company" ? "credit_code" : this.kind));
        this.agent = new DocumentField(host, () => this.agentKind);
        this.choose(member === null ? "person" : "member");
    }

    get choices(): Who[] {
        return this.member === null ? ["person", "company"] : ["member", "person", "company"];
    }

    choose(who: Who | undefined): void {
        if (who === undefined || this.busy) return;
        const { name, phone } = this.member ?? { name: "", phone: "" };
        this.name = theirs(who, this.name, name);
        this.phone = theirs(who, this.phone, phone);
        this.who = who;
        this.refusal = null;
        void this.document.look();
    }

    /** A reader of documents types like a scanner, in whatever case: the buyer's, or after a company's own that of who acts for it. */
    scanned(code: string): void {
        const field = this.who === "company" && this.document.number.trim() !== "" ? this.agent : this.document;
        field.read(code);
    }

    /** Whoever is on record already: with this document, and of the member, while no other one is typed in. */
    get known(): BuyerView | null {
        if (this.who !== "member") return this.document.known;
        return this.document.number.trim() === "" ? this.own : null;
    }

    /** Enter: on record, as typed; or whoever is on record already, where nothing but the document was given. */
    async record(): Promise<void> {
        if (this.busy) return;
        this.busy = true;
        this.refusal = null;
        try {
            const documents = [await this.document.look(), this.who !== "company" || (await this.agent.look())];
            if (documents.includes(false)) return;
            const { known } = this;
            const bare = this.name.trim() === "" && this.agentName.trim() === "" && this.agent.number.trim() === "";
            this.recorded(known !== null && (bare || this.who === "member") ? known : await this.#send());
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }

    async #send(): Promise<BuyerView> {
        this.#id ??= (await this.host.rpc("card.ids", {})).buyer_id;
        const phone = this.phone.trim();
        const agent = { name: this.agentName, kind: this.agentKind, number: this.agent.number };
        const bySomebody = this.who === "company" && (agent.name.trim() !== "" || agent.number.trim() !== "");
        return await this.host.rpc("buyer.record", {
            buyer_id: this.#id,
            kind: this.document.kind(),
            number: this.document.number,
            name: this.name,
            phone: phone === "" ? null : phone,
            agent: bySomebody ? agent : null,
            member_id: this.who === "member" ? (this.member?.id ?? null) : null,
        });
    }
}

/** What is known of the member is there for the member alone, and never in the place of what was typed. */
function theirs(who: Who, typed: string, own: string): string {
    if (who === "member") return typed === "" ? own : typed;
    return typed === own ? "" : typed;
}
