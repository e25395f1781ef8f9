/// A new card: which kind, whose, and its number — a printed one's as scanned, or a new one.

import { Refusal, refusalOf, type Host } from "$lib/host";
import type { CardId } from "$wire/CardId";
import type { CardTypeView } from "$wire/CardTypeView";
import type { CardView } from "$wire/CardView";
import type { MemberCard } from "$wire/MemberCard";

export class OpenCard {
    types = $state.raw<CardTypeView[] | null>(null);
    at = $state(0);
    member = $state.raw<MemberCard | null>(null);
    cardNo = $state("");
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    #id: CardId | null = null;

    constructor(
        private readonly host: Host,
        member: MemberCard | null,
        private readonly opened: (card: CardView) => void,
    ) {
        this.member = member;
    }

    async load(): Promise<void> {
        try {
            const [{ types }, ids] = await Promise.all([this.host.rpc("card.types", {}), this.host.rpc("card.ids", {})]);
            this.#id = ids.card_id;
            this.types = types;
            // For somebody who stands here, a card in their name; else one for whoever has it in hand.
            this.at = Math.max(0, types.findIndex((type) => type.registered === (this.member !== null)));
        } catch (thrown) {
            this.types ??= [];
            this.refusal = refusalOf(thrown);
        }
    }

    get type(): CardTypeView | null {
        return this.types?.[this.at] ?? null;
    }

    step(by: 1 | -1): void {
        this.choose(Math.max(0, Math.min(this.at + by, (this.types?.length ?? 0) - 1)));
    }

    choose(at: number): void {
        this.at = at;
        this.refusal = null;
    }

    /** Whether a member still has to be found. */
    get needsMember(): boolean {
        return this.type?.registered === true && this.member === null;
    }

    async open(): Promise<void> {
        const type = this.type;
        if (type === null || this.#id === null || this.busy) return;
        if (this.needsMember) {
            this.refusal = new Refusal("card.member_needed");
            return;
        }
        this.busy = true;
        this.refusal = null;
        try {
            const no = this.cardNo.trim();
            const member_id = type.registered ? (this.member?.id ?? null) : null;
            this.opened(await this.host.rpc("card.open", { card_id: this.#id, type_id: type.type_id, member_id, card_no: no === "" ? null : no }));
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }
}
