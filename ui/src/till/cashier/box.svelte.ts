/// The one box: what stands in it, the goods it might mean while it is typed, and the choice when several could be meant.

import { refusalOf, type Host } from "$lib/host";
import { Latest } from "$lib/queue";
import type { ScanBox } from "$lib/scanner/scanner";
import type { ProductHit } from "$wire/ProductHit";
import { isFigure, readEntry } from "./entry";

/** Long enough that a scanner's keys have all come and nothing is looked up for them. */
const LOOK_UP_AFTER_MS = 90;

export interface Hits {
    products: ProductHit[];
    quantityMilli: number;
    /** The node asks to choose; otherwise these are suggestions beside what is typed. */
    asked: boolean;
}

export class Box implements ScanBox {
    text = $state("");
    hits = $state.raw<Hits | null>(null);
    /** Which of the hits Enter takes; -1 while they are only suggestions. */
    at = $state(-1);

    element: HTMLInputElement | null = null;
    #beforeComposition: string | null = null;
    #timer: ReturnType<typeof setTimeout> | undefined;
    readonly #look: Latest<string, ProductHit[]>;

    constructor(host: Host, mayAsk: () => boolean) {
        this.#look = new Latest(
            async (text) => (await host.rpc("product.search", { text })).products,
            (text, products) => {
                const entry = readEntry(this.text);
                if (!mayAsk() || entry.words !== text) return;
                this.hits = products.length === 0 ? null : { products, quantityMilli: entry.quantityMilli, asked: false };
                this.at = -1;
            },
            // Suggestions are a help: when they fail, Enter still asks and says why.
            (_, thrown) => void refusalOf(thrown),
        );
    }

    settled(): string {
        return this.#beforeComposition ?? this.element?.value ?? "";
    }

    clear(): void {
        const element = this.element;
        if (element !== null) {
            // Leaving the box is the one way to end a composition in every browser; what it left behind is wiped.
            if (this.#beforeComposition !== null) element.blur();
            element.value = "";
            element.focus();
        }
        this.#beforeComposition = null;
        this.set("");
    }

    /** What the box is to hold, and no suggestions. */
    set(text: string): void {
        clearTimeout(this.#timer);
        this.#look.cancel();
        this.text = text;
        this.hits = null;
        this.at = -1;
    }

    typed(text: string): void {
        this.text = text;
        clearTimeout(this.#timer);
        if (this.hits?.asked === true || text === "") this.hits = null;
        const { words } = readEntry(text);
        if (words === "" || isFigure(words) || this.#beforeComposition !== null) {
            this.#look.cancel();
            if (this.hits?.asked === false) this.hits = null;
            return;
        }
        this.#timer = setTimeout(() => this.#look.want(words), LOOK_UP_AFTER_MS);
    }

    composing(begins: boolean): void {
        this.#beforeComposition = begins ? (this.element?.value ?? "") : null;
        if (!begins) this.typed(this.element?.value ?? "");
    }

    ask(products: ProductHit[], quantityMilli: number): void {
        this.set("");
        this.hits = { products, quantityMilli, asked: true };
        this.at = 0;
    }

    step(by: 1 | -1): void {
        const count = this.hits?.products.length ?? 0;
        const least = this.hits?.asked === true ? 0 : -1;
        this.at = Math.min(Math.max(this.at + by, least), count - 1);
    }

    get chosen(): ProductHit | null {
        return this.hits?.products[this.at] ?? null;
    }
}
