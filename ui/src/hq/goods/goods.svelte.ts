/// Goods at head office: finding them, and setting the whole of one, new or there already (A8, C5).

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import { fenTyped, scaledText } from "$lib/words/figures";
import { narrowed } from "../../till/cashier/entry";
import type { ProductHit } from "$wire/ProductHit";
import type { ProductId } from "$wire/ProductId";
import { newId } from "../ids";

export class GoodsSearch {
    text = $state("");
    /** What `found` was asked for; empty before anything was. */
    foundFor = $state("");
    found = $state.raw<ProductHit[]>([]);
    at = $state(0);
    refusal = $state.raw<Refusal | null>(null);
    readonly #look: Latest<string, ProductHit[]>;

    constructor(host: Host) {
        this.#look = new Latest(
            async (text) => (await host.rpc("product.search", { text })).products,
            (text, found) => this.#show(text, found),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    typed(text: string): void {
        this.text = text;
        this.refusal = null;
        const query = text.trim();
        if (query !== "") return this.#look.want(query);
        this.#look.cancel();
        this.#show("", []);
    }

    /** What was found, again: something of it was changed. */
    again(): void {
        this.typed(this.text);
    }

    step(by: 1 | -1): void {
        this.at = Math.max(0, Math.min(this.at + by, this.found.length - 1));
    }

    get current(): ProductHit | null {
        return this.foundFor === this.text.trim() ? (this.found[this.at] ?? null) : null;
    }

    #show(text: string, found: ProductHit[]): void {
        this.foundFor = text;
        this.found = found;
        this.at = 0;
    }
}

/** One product as it is being written down. */
export class GoodsForm {
    name = $state("");
    category = $state("");
    brand = $state("");
    unit = $state("");
    price = $state("");
    tags = $state<string[]>([]);
    barcodes = $state<string[]>([]);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    readonly isNew: boolean;
    /** Of new goods too, so that sending them twice makes them once. */
    readonly #id: ProductId;

    constructor(
        private readonly host: Host,
        product: ProductHit | null,
        now: number,
    ) {
        this.isNew = product === null;
        this.#id = product?.id ?? newId(now);
        if (product === null) return;
        this.name = product.name;
        this.category = product.category;
        this.brand = product.brand;
        this.unit = product.unit;
        this.price = scaledText(product.price_fen, 2);
        this.tags = [...product.tags];
        this.barcodes = [...product.barcodes];
    }

    get priceFen(): number | null {
        return fenTyped(narrowed(this.price).trim());
    }

    get priceWrong(): boolean {
        return this.price !== "" && (this.priceFen === null || this.priceFen === 0);
    }

    /** `null` when it was refused, and nothing changed. */
    async save(): Promise<ProductHit | null> {
        const price_fen = this.priceFen;
        if (price_fen === null || price_fen === 0 || this.busy) return null;
        this.busy = true;
        this.refusal = null;
        try {
            const { name, category, brand, unit } = this;
            const barcodes = this.barcodes.map((code) => narrowed(code).trim());
            return await this.host.rpc("hq.product_set", { product_id: this.#id, name, category, brand, unit, price_fen, tags: [...this.tags], barcodes });
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            return null;
        } finally {
            this.busy = false;
        }
    }
}
