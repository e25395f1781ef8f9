/// The cashier's screen: which of its three faces shows — ringing up, paying, done — and what each key means there.

import type { Host } from "$lib/host";
import type { SaleView } from "$wire/SaleView";
import type { CartLine } from "$wire/CartLine";
import { toneFound, toneNotFound } from "$lib/scanner/tones";
import { milliTyped } from "$lib/words/figures";
import { Box } from "./box.svelte";
import { Cart } from "./cart.svelte";
import { isFigure, narrowed, readEntry, withScan } from "./entry";
import { Payment } from "./payment.svelte";

export class Cashier {
    readonly cart: Cart;
    readonly box: Box;
    payment = $state.raw<Payment | null>(null);
    sale = $state.raw<SaleView | null>(null);
    /** The line whose quantity the box is asking for. */
    quantityFor = $state.raw<CartLine | null>(null);
    clearing = $state(false);
    /** The barcode of goods being entered by hand, `""` where they have none; `null` while none are. */
    newGoods = $state<string | null>(null);
    /** A code was scanned where none is taken. */
    scannedWhilePaying = $state(false);

    constructor(private readonly host: Host) {
        this.cart = new Cart(host);
        this.box = new Box(host, () => this.quantityFor === null && this.face === "cart");
    }

    get face(): "cart" | "pay" | "done" {
        return this.sale !== null ? "done" : this.payment !== null ? "pay" : "cart";
    }

    /** While paying, eight digits and more are a code; fewer are money. */
    get leastCode(): number {
        return this.face === "pay" ? 8 : 0;
    }

    // —— the box ——

    scanned(code: string, typed: string): void {
        if (this.face === "pay") {
            // Goods scanned now would change what the customer was just told to pay.
            this.scannedWhilePaying = true;
            if (this.payment !== null) this.payment.typed = "";
            soon(toneNotFound);
            return;
        }
        this.quantityFor = null;
        this.clearing = false;
        // The scanner is quicker than Enter: the next customer's first goods begin the next sale.
        if (this.face === "done") this.next();
        void this.#enter(withScan(code, typed));
    }

    /** Enter in the box. */
    submit(): void {
        const chosen = this.box.chosen;
        const hits = this.box.hits;
        const text = narrowed(this.box.text).trim();
        if (this.quantityFor !== null) return this.#submitQuantity(this.quantityFor, text);
        if (chosen !== null && hits !== null) return this.choose(this.box.at);
        if (text === "") return;
        const entry = readEntry(text);
        const line = this.cart.current;
        if (entry.prefixed && entry.words === "" && line !== null) return this.#submitQuantity(line, text.replace(/\D*$/, ""));
        this.box.clear();
        void this.#enter(text);
    }

    choose(at: number): void {
        const hits = this.box.hits;
        const product = hits?.products[at];
        if (hits === null || product === undefined) return;
        this.box.clear();
        void this.cart.add(product.id, hits.quantityMilli, product.name).then(sound);
    }

    async #enter(text: string): Promise<void> {
        const entered = await this.cart.enter(text);
        sound(entered !== null);
        if (entered?.outcome === "choose") this.box.ask(entered.products, entered.quantity_milli);
    }

    // —— lines ——

    /** `*`: after digits it makes them a quantity; in an empty box it asks for the current line's. */
    quantity(): boolean {
        const text = narrowed(this.box.text).trim();
        if (text === "") {
            this.quantityFor = this.quantityFor === null ? this.cart.current : null;
            return true;
        }
        if (!isFigure(text) || this.quantityFor !== null) return false;
        this.box.set(`${text}*`);
        return true;
    }

    #submitQuantity(line: CartLine, text: string): void {
        const milli = milliTyped(text);
        if (text === "" || milli === null) return this.#cancelQuantity();
        this.#cancelQuantity();
        void this.cart.setQuantity(line, milli);
    }

    #cancelQuantity(): void {
        this.quantityFor = null;
        this.box.clear();
    }

    remove(): boolean {
        if (this.box.text !== "") return false;
        const line = this.cart.current;
        if (line !== null) void this.cart.remove(line);
        return true;
    }

    askToClear(): void {
        if (this.cart.lines.length > 0 || this.cart.view?.member != null) this.clearing = true;
    }

    /** Goods the book does not know: with the code just scanned, if it was that. */
    enterNewGoods(): void {
        const notice = this.cart.notice;
        this.newGoods = notice?.refusal.code === "barcode.unknown" ? readEntry(notice.about).words : "";
    }

    clear(): void {
        this.clearing = false;
        this.box.clear();
        void this.cart.clear();
    }

    /** Esc: one step back, whatever the last step was. */
    back(): void {
        if (this.box.hits !== null) this.box.hits = null;
        else if (this.quantityFor !== null) this.#cancelQuantity();
        else if (this.box.text !== "") this.box.clear();
        else this.cart.notice = null;
    }

    // —— paying ——

    pay(): void {
        if (this.box.text !== "" || this.face !== "cart") return;
        void this.cart.after(() => {
            const view = this.cart.view;
            if (view !== null && view.lines.length > 0 && this.payment === null) {
                this.box.hits = null;
                this.quantityFor = null;
                this.cart.notice = null;
                this.scannedWhilePaying = false;
                this.payment = new Payment(this.host, view);
                return this.payment.suggest();
            }
            return Promise.resolve();
        });
    }

    leavePayment(): void {
        if (this.payment?.busy !== true) this.payment = null;
    }

    async confirm(): Promise<void> {
        const payment = this.payment;
        if (payment === null) return;
        const sale = await payment.confirm();
        if (sale !== null) {
            this.sale = sale;
            this.payment = null;
            // The next customer's empty cart is fetched while this one takes the change.
            void this.cart.load();
        } else if (payment.refusal?.code === "cart.changed") {
            this.payment = null;
            const refusal = payment.refusal;
            if (await this.cart.load()) this.cart.notice = { refusal, about: "" };
        }
    }

    next(): void {
        this.sale = null;
        this.cart.currentNo = null;
    }
}

function sound(found: boolean): void {
    soon(found ? toneFound : toneNotFound);
}

/** After the screen has been told: waking the sound card must not hold up the line on the screen. */
function soon(play: () => void): void {
    setTimeout(play, 0);
}
