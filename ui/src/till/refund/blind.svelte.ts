/// Goods that come back with no sale to show for them: a right of its own (A4). Paid out in cash.

import { Refusal, refusalOf, type Host } from "$lib/host";
import { fenTyped, milliTyped, quantity, yuan } from "$lib/words/figures";
import type { ScanBox } from "$lib/scanner/scanner";
import type { Approval } from "$wire/Approval";
import type { BlindLine } from "$wire/BlindLine";
import type { MemberCard } from "$wire/MemberCard";
import type { ProductHit } from "$wire/ProductHit";
import type { RefundDone } from "$wire/RefundDone";
import { asksOn } from "./asking";
import { freshId } from "./fresh-id";

export interface BlindRow {
    product: ProductHit;
    /** As typed; the list price to begin with. */
    quantity: string;
    price: string;
}

export class BlindRefund implements ScanBox {
    text = $state("");
    hits = $state.raw<ProductHit[]>([]);
    hitAt = $state(0);
    rows = $state<BlindRow[]>([]);
    at = $state(0);
    member = $state.raw<MemberCard | null>(null);
    reason = $state("");
    asking = $state(false);
    done = $state.raw<RefundDone | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);

    element: HTMLInputElement | null = null;
    /** Names the refund from its first line on, so that sending it twice is one refund. */
    readonly #id = freshId();

    constructor(private readonly host: Host) {}

    settled(): string {
        return this.text;
    }

    clear(): void {
        this.text = "";
        this.hits = [];
        this.element?.focus();
    }

    step(by: 1 | -1): void {
        if (this.hits.length > 0) this.hitAt = Math.max(0, Math.min(this.hitAt + by, this.hits.length - 1));
        else this.at = Math.max(0, Math.min(this.at + by, this.rows.length - 1));
    }

    /** Enter in the box, and a scan: goods by code or name. */
    async enter(text: string): Promise<void> {
        const words = text.trim();
        if (words === "" || this.busy) return;
        this.busy = true;
        this.refusal = null;
        try {
            const { products } = await this.host.rpc("product.search", { text: words });
            const [only] = products;
            if (only === undefined) throw new Refusal(/^\d{8,}$/.test(words) ? "barcode.unknown" : "product.nothing_found");
            this.text = "";
            if (products.length === 1) this.take(only);
            else this.hits = products;
            this.hitAt = 0;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }

    take(product: ProductHit): void {
        this.hits = [];
        const at = this.rows.findIndex((row) => row.product.id === product.id);
        const row = this.rows[at];
        if (row === undefined) {
            this.rows.push({ product, quantity: "1", price: yuan(product.price_fen).replaceAll(",", "") });
            this.at = this.rows.length - 1;
        } else {
            this.at = at;
            this.change(1);
        }
    }

    change(by: 1 | -1): void {
        const row = this.rows[this.at];
        const milli = row === undefined ? null : milliTyped(row.quantity);
        if (row === undefined || milli === null) return;
        const next = milli + by * 1000;
        if (next <= 0) this.remove();
        else row.quantity = quantity(next).replaceAll(",", "");
    }

    remove(at: number = this.at): void {
        this.rows.splice(at, 1);
        this.at = Math.max(0, Math.min(this.at, this.rows.length - 1));
    }

    /** `null` when a quantity or a price is not one. */
    get goods(): BlindLine[] | null {
        const goods: BlindLine[] = [];
        for (const { product, quantity: typed, price } of this.rows) {
            const quantity_milli = milliTyped(typed.trim());
            const price_fen = fenTyped(price.trim());
            if (quantity_milli === null || quantity_milli === 0 || price_fen === null) return null;
            goods.push({ product_id: product.id, quantity_milli, price_fen });
        }
        return goods;
    }

    async pay(approval: Approval | null = null): Promise<void> {
        if (this.busy) return;
        const goods = this.goods;
        this.refusal =
            goods === null ? new Refusal("amount.invalid")
            : goods.length === 0 ? new Refusal("refund.nothing")
            : this.reason.trim() === "" ? new Refusal("reason.needed") : null;
        if (this.refusal !== null || goods === null) return;
        this.busy = true;
        try {
            const request = { refund_id: this.#id, goods, member_id: this.member?.id ?? null, reason: this.reason.trim(), approval };
            this.done = await this.host.rpc("refund.without_receipt", request);
            this.asking = false;
        } catch (thrown) {
            const refusal = refusalOf(thrown);
            if (refusal.code === "approval.needed" && !this.asking) this.asking = true;
            else {
                this.refusal = refusal;
                this.asking &&= asksOn(refusal.code);
            }
        } finally {
            this.busy = false;
        }
    }

    /** Nobody allowed it. */
    unasked(): void {
        this.asking = false;
        this.refusal = null;
    }
}
