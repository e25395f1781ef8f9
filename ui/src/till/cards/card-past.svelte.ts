/// A card's past besides money: who bought it, and what was done to it and why.

import type { Host } from "$lib/host";
import type { BuyerView } from "$wire/BuyerView";
import type { CardAct } from "$wire/CardAct";
import type { CardHistory } from "$wire/CardHistory";
import type { CardId } from "$wire/CardId";

export class CardPast {
    #history = $state.raw<CardHistory | null>(null);
    #full = $state.raw<BuyerView | null>(null);

    constructor(
        private readonly host: Host,
        private readonly id: CardId,
    ) {}

    get acts(): CardAct[] {
        return this.#history?.acts ?? [];
    }

    /** In full once that was asked for, while it is the same record. */
    get buyer(): BuyerView | null {
        const buyer = this.#history?.buyer ?? null;
        return buyer !== null && this.#full?.buyer_id === buyer.buyer_id ? this.#full : buyer;
    }

    async follow(): Promise<void> {
        try {
            this.#history = await this.host.rpc("card.history", { card_id: this.id });
        } catch {
            // What is shown stays: nothing is done by this list.
        }
    }

    /** For those who may see members in full; the node decides. */
    async reveal(): Promise<void> {
        const id = this.buyer?.buyer_id;
        if (id === undefined) return;
        try {
            this.#full = await this.host.rpc("buyer.get", { buyer_id: id });
        } catch {
            // It stays masked.
        }
    }
}
