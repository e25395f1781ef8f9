/// Looking up goods by name or barcode as one types, for rules that name them one by one.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import type { ProductHit } from "$wire/ProductHit";

export class GoodsSearch {
    text = $state("");
    hits = $state.raw<ProductHit[]>([]);
    at = $state(0);
    refusal = $state.raw<Refusal | null>(null);
    readonly #look: Latest<string, ProductHit[]>;

    constructor(host: Host) {
        this.#look = new Latest(
            async (text) => (await host.rpc("product.search", { text })).products,
            (_, hits) => {
                this.hits = hits;
                this.at = 0;
                this.refusal = hits.length > 0 ? null : refusalOf({ code: "product.nothing_found", args: {} });
            },
            (_, thrown) => {
                this.hits = [];
                this.refusal = refusalOf(thrown);
            },
        );
    }

    typed(text: string): void {
        this.text = text;
        this.refusal = null;
        if (text.trim() === "") this.clear();
        else this.#look.want(text.trim());
    }

    clear(): void {
        this.#look.cancel();
        this.text = "";
        this.hits = [];
        this.refusal = null;
    }

    step(by: 1 | -1): void {
        this.at = Math.min(Math.max(this.at + by, 0), Math.max(0, this.hits.length - 1));
    }

    settled(): Promise<void> {
        return this.#look.settled();
    }
}
