/// Giving a card back: by whose cause, what that pays and by which rule, the reason, and who allows it.

import { Refusal, refusalOf, type Host } from "$lib/host";
import { Latest } from "$lib/queue";
import type { Approval } from "$wire/Approval";
import type { CardPayOut } from "$wire/CardPayOut";
import type { CardReceipt } from "$wire/CardReceipt";
import type { CardRefundQuote } from "$wire/CardRefundQuote";
import type { CardView } from "$wire/CardView";
import type { Cause } from "$wire/Cause";
import type { NamedTender } from "$wire/NamedTender";
import { asksOn } from "../refund/asking";
import { receiptNow } from "./receipt-now";

export const CAUSES: readonly Cause[] = ["customer", "cooling", "merchant"];

/// A way to pay the card out; `null` is cash.
export type Way = NamedTender | null;

export class GiveBack {
    cause = $state<Cause>("customer");
    quote = $state.raw<CardRefundQuote | null>(null);
    reason = $state("");
    named = $state.raw<NamedTender[]>([]);
    /** Which of the ways was chosen; the first while none was. */
    #way = $state(0);
    /** What the transfer or the terminal is found by, for ways that ask for it. */
    reference = $state("");
    asking = $state(false);
    receipt = $state.raw<CardReceipt | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    readonly #look: Latest<Cause, CardRefundQuote>;

    constructor(
        private readonly host: Host,
        readonly card: CardView,
        private readonly moved: (receipt: CardReceipt) => void,
    ) {
        this.#look = new Latest(
            (cause) => host.rpc("card.refund_quote", { card_id: card.card_id, cause }),
            (_, quote) => (this.quote = quote),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    /** The ways to pay it out that the node will take: cash where the law lets it. */
    get ways(): Way[] {
        return this.quote?.may_pay_cash === false ? this.named : [null, ...this.named];
    }

    get way(): Way {
        return this.ways[this.#way] ?? this.ways[0] ?? null;
    }

    /** The next way, and after the last the first. */
    nextWay(): void {
        this.pick((this.ways.indexOf(this.way) + 1) % Math.max(1, this.ways.length));
    }

    pick(at: number): void {
        if (this.receipt !== null) return;
        this.#way = at;
        this.refusal = null;
    }

    /** The chain's named tenders. Without them there is still cash, where the law lets it. */
    async load(): Promise<void> {
        this.named = await this.host.rpc("pay.suggest", { tenders: [] }).then((offer) => offer.tenders, () => []);
    }

    ask(): void {
        this.quote = null;
        this.#look.want(this.cause);
    }

    choose(cause: Cause): void {
        if (this.receipt !== null) return;
        this.cause = cause;
        this.#way = 0;
        this.refusal = null;
        this.ask();
    }

    step(by: 1 | -1): void {
        const at = CAUSES.indexOf(this.cause) + by;
        this.choose(CAUSES[Math.max(0, Math.min(at, CAUSES.length - 1))] ?? this.cause);
    }

    async pay(approval: Approval | null = null): Promise<void> {
        if (this.busy || this.receipt !== null) return;
        await this.#look.settled();
        const quote = this.quote;
        if (quote === null) return;
        const reason = this.reason.trim();
        if (reason === "") {
            this.refusal = new Refusal("reason.needed");
            return;
        }
        this.busy = true;
        this.refusal = null;
        try {
            const request = { card_id: this.card.card_id, cause: quote.cause, reason, refund_fen: quote.refund_fen, by: this.#by(), approval };
            const receipt = await this.host.rpc("card.refund", request);
            this.receipt = receipt;
            this.asking = false;
            this.moved(receipt);
        } catch (thrown) {
            const refusal = refusalOf(thrown);
            if (refusal.code === "approval.needed" && !this.asking) this.asking = true;
            else {
                this.refusal = refusal;
                this.asking &&= asksOn(refusal.code);
            }
            if (refusal.code === "cart.changed") this.ask();
        } finally {
            this.busy = false;
        }
    }

    /** The receipt as it stands now: what was written here may have reached the server since. */
    async follow(): Promise<void> {
        const { receipt } = this;
        if (receipt !== null && !receipt.sent) this.receipt = await receiptNow(this.host, receipt, null);
    }

    #by(): CardPayOut {
        const way = this.way;
        if (way === null) return { kind: "cash" };
        const reference = way.wants_reference ? this.reference.trim() : "";
        return { kind: "named", tender_id: way.tender_id, reference: reference === "" ? null : reference };
    }

    /** Nobody allowed it. */
    unasked(): void {
        this.asking = false;
        this.refusal = null;
    }
}
