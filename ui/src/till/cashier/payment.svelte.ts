/// The payment column: what is given, against what is due. The node decides what was paid and what comes back; the
/// difference shown while typing is only for the eye.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { fenTyped } from "$lib/words/figures";
import type { CartView } from "$wire/CartView";
import type { Fen } from "$wire/Fen";
import type { SaleView } from "$wire/SaleView";

export class Payment {
    typed = $state("");
    suggestions = $state.raw<Fen[]>([]);
    /** Which suggestion Enter takes while nothing is typed. */
    at = $state(0);
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);

    constructor(
        private readonly host: Host,
        readonly cart: CartView,
    ) {}

    get dueFen(): Fen {
        return this.cart.totals.due_fen;
    }

    /** `null` while what is typed is no amount. Until the suggestions are here the exact amount stands for the first. */
    get givenFen(): Fen | null {
        return this.typed === "" ? (this.suggestions[this.at] ?? this.dueFen) : fenTyped(this.typed);
    }

    get leftFen(): Fen {
        return Math.max(0, this.dueFen - (this.givenFen ?? 0));
    }

    get changeFen(): Fen {
        return Math.max(0, (this.givenFen ?? 0) - this.dueFen);
    }

    async suggest(): Promise<void> {
        try {
            this.suggestions = (await this.host.rpc("cart.cash", {})).given_fen;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }

    key(character: string): boolean {
        if (!/^[\d.]$/.test(character)) return false;
        const next = this.typed + character;
        if (/^\d{0,7}(\.\d{0,2})?$/.test(next)) this.typed = next;
        this.refusal = null;
        return true;
    }

    erase(): void {
        this.typed = this.typed.slice(0, -1);
        this.refusal = null;
    }

    step(by: 1 | -1): void {
        this.typed = "";
        this.refusal = null;
        this.at = Math.min(Math.max(this.at + by, 0), Math.max(0, this.suggestions.length - 1));
    }

    choose(at: number): void {
        this.typed = "";
        this.refusal = null;
        this.at = at;
    }

    /** Sent again after a lost answer it answers with the sale that exists, for the cart's id is the sale's. */
    async confirm(): Promise<SaleView | null> {
        const given = this.givenFen;
        if (this.busy || given === null) return null;
        this.busy = true;
        this.refusal = null;
        try {
            const request = { cart_id: this.cart.id, revision: this.cart.revision, tenders: [{ kind: "cash" as const, given_fen: given }] };
            return await this.host.rpc("sale.pay", request);
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            return null;
        } finally {
            this.busy = false;
        }
    }
}
