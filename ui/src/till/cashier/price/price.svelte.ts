/// A price by hand for one line, or an amount off the whole (A5). Whoever may not is asked for somebody who may: the same
/// request is sent again with their PIN.

import { Refusal, refusalOf } from "$lib/host";
import { m } from "$lib/paraglide/messages";
import { fenTyped } from "$lib/words/figures";
import type { Approval } from "$wire/Approval";
import type { CartDiscount } from "$wire/CartDiscount";
import type { CartLine } from "$wire/CartLine";
import type { CartPrice } from "$wire/CartPrice";
import { narrowed } from "../entry";

/** What it changes: the cart. Both reject with the refusal. */
export interface Priced {
    setPrice(request: CartPrice): Promise<unknown>;
    setDiscount(request: CartDiscount): Promise<unknown>;
}

/** Reasons that are one key away; any other is written. */
export const REASONS = [
    () => m["price.reason.expiring"](),
    () => m["price.reason.damaged"](),
    () => m["price.reason.clearance"](),
    () => m["price.reason.tag"](),
    () => m["price.reason.goodwill"](),
] as const;

const APPROVAL_REFUSALS = new Set<string>(["approval.needed", "approval.refused", "pin.wrong", "sign_in.locked", "staff.unknown"]);

export class Pricing {
    /** The whole cart instead of one line. */
    whole = $state(false);
    text = $state("");
    reason = $state("");
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);
    /** What waits for somebody's PIN, and why their last try did not do. */
    asked = $state.raw<{ back: boolean; refusal: Refusal | null } | null>(null);

    constructor(
        private readonly cart: Priced,
        readonly line: CartLine | null,
        text: string,
        private readonly done: () => void,
    ) {
        this.text = text;
        this.whole = line === null;
    }

    get fen(): number | null {
        return fenTyped(narrowed(this.text).trim());
    }

    switch(): void {
        if (this.line === null) return;
        this.whole = !this.whole;
        this.refusal = null;
    }

    choose(reason: string): void {
        this.reason = reason;
        this.refusal = null;
    }

    /** Enter. */
    submit(): Promise<void> {
        return this.#send(false, null);
    }

    /** The list price again, or no discount. */
    putBack(): Promise<void> {
        return this.#send(true, null);
    }

    approve(approval: Approval): Promise<void> {
        return this.#send(this.asked?.back ?? false, approval);
    }

    async #send(back: boolean, approval: Approval | null): Promise<void> {
        const fen = this.fen;
        if (this.busy || (!back && this.text.trim() === "")) return;
        if (!back && fen === null) {
            this.refusal = new Refusal("amount.invalid");
            return;
        }
        this.busy = true;
        this.refusal = null;
        const reason = this.reason.trim();
        try {
            if (this.whole) await this.cart.setDiscount({ off_fen: back ? 0 : (fen ?? 0), reason, approval });
            else if (this.line !== null) await this.cart.setPrice({ line_no: this.line.no, price_fen: back ? null : fen, reason, approval });
            this.asked = null;
            this.done();
        } catch (thrown) {
            this.#refused(back, approval, refusalOf(thrown));
        } finally {
            this.busy = false;
        }
    }

    #refused(back: boolean, approval: Approval | null, refusal: Refusal): void {
        if (APPROVAL_REFUSALS.has(refusal.code)) {
            this.asked = { back, refusal: approval === null ? null : refusal };
        } else {
            this.asked = null;
            this.refusal = refusal;
        }
    }
}
