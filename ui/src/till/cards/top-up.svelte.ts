/// Money onto a card: which offer, what the customer gives for it, and what is on the card afterwards — all of it as the
/// node says.

import { Refusal, refusalOf, type Host } from "$lib/host";
import { Latest } from "$lib/queue";
import { fenTyped } from "$lib/words/figures";
import type { BuyerId } from "$wire/BuyerId";
import type { BuyerView } from "$wire/BuyerView";
import type { CardReceipt } from "$wire/CardReceipt";
import type { CardTypeView } from "$wire/CardTypeView";
import type { CardView } from "$wire/CardView";
import type { Fen } from "$wire/Fen";
import type { NamedTender } from "$wire/NamedTender";
import type { TenderGiven } from "$wire/TenderGiven";
import type { TopUp as TopUpAsk } from "$wire/TopUp";
import type { TopUpPreview } from "$wire/TopUpPreview";
import { BuyerForm } from "./buyer.svelte";
import { receiptNow } from "./receipt-now";

export class TopUp {
    type = $state.raw<CardTypeView | null>(null);
    named = $state.raw<NamedTender[]>([]);
    loaded = $state(false);
    /** Which offer; -1 for a free amount. */
    at = $state(0);
    /** The free amount while choosing, what the customer gives while paying. */
    typed = $state("");
    stage = $state<"choose" | "pay" | "done">("choose");
    given = $state.raw<TenderGiven[]>([]);
    /** What the terminal printed, for tenders that ask for it. */
    reference = $state("");
    /** Open while the document of who buys is typed in. */
    form = $state.raw<BuyerForm | null>(null);
    preview = $state.raw<TopUpPreview | null>(null);
    receipt = $state.raw<CardReceipt | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);

    #id: string | null = null;
    #free: Fen | null = null;
    /** Who buys, when it is not the card's member by the document on record. */
    #buyer: BuyerId | null = null;
    #own: BuyerView | null = null;
    readonly #look: Latest<TopUpAsk, TopUpPreview>;

    constructor(
        private readonly host: Host,
        readonly card: CardView,
        private readonly moved: (receipt: CardReceipt) => void,
    ) {
        this.#look = new Latest(
            (ask) => host.rpc("card.top_up_preview", ask),
            (ask, preview) => {
                this.preview = preview;
                if (ask.buyer_id === null) this.#own = preview.buyer;
            },
            (_, thrown) => {
                this.preview = null;
                this.refusal = refusalOf(thrown);
            },
        );
    }

    /** What this card's type offers, the ways to pay, and a name for the act. */
    async load(): Promise<void> {
        try {
            const [{ types }, ids, named] = await Promise.all([
                this.host.rpc("card.types", {}),
                this.host.rpc("card.ids", {}),
                // Without them there is still cash.
                this.host.rpc("pay.suggest", { tenders: [] }).then((offer) => offer.tenders, () => []),
            ]);
            this.#id = ids.top_up_id;
            this.named = named;
            this.type = types.find((type) => type.name === this.card.type_name) ?? null;
            this.at = (this.type?.plans.length ?? 0) > 0 ? 0 : -1;
            if (this.type === null) this.refusal = new Refusal("card.not_offered");
            this.#ask();
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.loaded = true;
        }
    }

    get takesFree(): boolean {
        return this.type?.free_least_fen != null;
    }

    // —— choosing ——

    step(by: 1 | -1): void {
        if (this.stage !== "choose" || this.form !== null) return;
        const count = this.type?.plans.length ?? 0;
        const most = count - 1;
        this.choose(Math.max(this.takesFree ? -1 : 0, Math.min(this.at + by, most)));
    }

    choose(at: number): void {
        this.at = at;
        if (at >= 0) this.typed = "";
        this.refusal = null;
        this.#ask();
    }

    key(character: string): boolean {
        if (!/^[\d.]$/.test(character) || this.stage === "done") return false;
        if (this.stage === "choose" && !this.takesFree) return true;
        const text = this.typed + character;
        if (fenTyped(text) === null && text !== ".") return true;
        this.typed = text;
        this.refusal = null;
        if (this.stage === "choose") this.choose(-1);
        return true;
    }

    erase(): boolean {
        if (this.typed !== "") {
            this.typed = this.typed.slice(0, -1);
            if (this.stage === "choose") this.#ask();
            return true;
        }
        if (this.stage !== "pay" || this.given.length === 0) return false;
        this.given = this.given.slice(0, -1);
        this.refusal = null;
        this.#ask();
        return true;
    }

    // —— who buys ——

    /** The document of who buys is asked for; also when another buys than whoever is on record. */
    beginBuyer(): void {
        if (this.stage !== "choose" || this.form !== null) return;
        const { member_id, member_name, member_phone, member_full } = this.card;
        // What is masked is nothing to write down.
        const shown = (text: string | null): string => (member_full ? (text ?? "") : "");
        const member = member_id === null ? null : { id: member_id, name: shown(member_name), phone: shown(member_phone) };
        this.refusal = null;
        this.form = new BuyerForm(this.host, member, this.#own, (buyer) => {
            this.#buyer = buyer.buyer_id;
            this.form = null;
            this.#ask();
        });
    }

    // —— paying ——

    /** What Enter takes in cash: as typed, or all where nothing was given yet. */
    get cashFen(): Fen {
        return fenTyped(this.typed) ?? (this.given.length === 0 ? (this.preview?.settlement.left_fen ?? 0) : 0);
    }

    /** Another way than cash: what was typed, or all that is left. */
    async byName(tender: NamedTender): Promise<void> {
        if (this.stage !== "pay") return;
        const reference = this.reference.trim();
        const amount = fenTyped(this.typed) ?? this.preview?.settlement.left_fen ?? 0;
        await this.#give({ kind: "named", tender_id: tender.tender_id, amount_fen: amount, reference: reference === "" ? null : reference });
    }

    /** Enter: onward, to the money, and through it. */
    async confirm(): Promise<void> {
        if (this.stage === "done" || this.busy) return;
        if (this.form !== null) return this.form.record();
        await this.#look.settled();
        if (this.preview === null) {
            this.refusal ??= new Refusal("amount.invalid");
            return;
        }
        if (this.stage === "choose") return this.preview.identity_needed ? this.beginBuyer() : this.#toPay();
        const amount = fenTyped(this.typed);
        if (amount !== null) await this.#give({ kind: "cash", given_fen: amount });
        else if (this.given.length === 0) await this.#give({ kind: "cash", given_fen: this.preview.settlement.left_fen });
        // The preview is another one now, and `null` when the node would not take what was given.
        const preview = this.preview as TopUpPreview | null;
        if (preview?.settlement.enough === true) await this.#pay();
    }

    /** Esc: from the document or the money to the offers. `false` when the panel is to close. */
    back(): boolean {
        if (this.form !== null) {
            this.form = null;
            return true;
        }
        if (this.stage !== "pay" || this.busy) return false;
        this.stage = "choose";
        this.given = [];
        this.typed = "";
        this.refusal = null;
        this.#ask();
        return true;
    }

    /** The receipt as it stands now: what was written here may have reached the server since. */
    async follow(): Promise<void> {
        const { receipt } = this;
        if (receipt === null || receipt.sent || this.#id === null) return;
        this.receipt = await receiptNow(this.host, receipt, this.#id);
    }

    #toPay(): void {
        this.#free = this.at < 0 ? fenTyped(this.typed) : null;
        this.stage = "pay";
        this.typed = "";
        this.refusal = null;
    }

    async #give(tender: TenderGiven): Promise<void> {
        const before = this.given;
        this.given = [...before, tender];
        this.typed = "";
        this.refusal = null;
        this.#ask();
        await this.#look.settled();
        if (this.preview !== null) return;
        // What is refused is not kept; why stays before the cashier's eyes.
        const refusal = this.refusal;
        this.given = before;
        this.#ask();
        await this.#look.settled();
        this.refusal = refusal;
    }

    async #pay(): Promise<void> {
        const ask = this.#request();
        if (ask === null) return;
        this.busy = true;
        this.refusal = null;
        try {
            const receipt = await this.host.rpc("card.top_up", ask);
            this.receipt = receipt;
            this.stage = "done";
            this.moved(receipt);
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }

    #ask(): void {
        const ask = this.#request();
        this.#look.cancel();
        if (ask === null) this.preview = null;
        else this.#look.want(ask);
    }

    #request(): TopUpAsk | null {
        const plan = this.at < 0 ? null : (this.type?.plans[this.at]?.name ?? null);
        const amount = this.at >= 0 ? null : this.stage === "choose" ? fenTyped(this.typed) : this.#free;
        if (this.#id === null || (plan === null && amount === null)) return null;
        return { top_up_id: this.#id, card_id: this.card.card_id, plan, amount_fen: amount, tenders: this.given, buyer_id: this.#buyer };
    }
}
