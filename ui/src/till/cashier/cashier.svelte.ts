/// The cashier's screen: which of its three faces shows — ringing up, paying, done — and what each key means there.

import type { Host, Refusal } from "$lib/host";
import type { SaleView } from "$wire/SaleView";
import type { TenderGiven } from "$wire/TenderGiven";
import type { CartCouponAdd as CouponAsked } from "$wire/CartCouponAdd";
import type { CartLine } from "$wire/CartLine";
import { toneFound, toneNotFound } from "$lib/scanner/tones";
import { milliTyped } from "$lib/words/figures";
import { Box } from "./box.svelte";
import { Cart } from "./cart.svelte";
import { isFigure, narrowed, readEntry, withScan } from "./entry";
import { paidCode } from "./pay/offers";
import { Payment } from "./payment.svelte";

/** Goods on the counter, or a payment whose answer has not come: the sale may be in the book already. */
export type Unpaid = "cart" | "payment";

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
    /** Price or discount, or the member's coupons, being asked for. */
    dialog = $state<"none" | "price" | "coupons">("none");
    /** Figures that stood in the box when F4 was pressed: the new price, perhaps. */
    priceText = $state("");
    /** A code was scanned where none is taken. */
    scannedWhilePaying = $state(false);
    /** What was entered before the cashier went back to the cart. */
    #kept: { cartId: string; tenders: TenderGiven[] } | null = null;

    constructor(private readonly host: Host) {
        this.cart = new Cart(host);
        this.box = new Box(host, () => this.quantityFor === null && this.face === "cart");
    }

    get face(): "cart" | "pay" | "done" {
        return this.sale !== null ? "done" : this.payment !== null ? "pay" : "cart";
    }

    /** What is lost to the cashier if the session ends now. */
    get unpaid(): Unpaid | null {
        if (this.face === "done") return null;
        if (this.payment?.busy === true) return "payment";
        const cart = this.cart.view;
        return cart !== null && (cart.lines.length > 0 || cart.exchange !== null) ? "cart" : null;
    }

    /** While paying, eight digits and more that no key ends are a code; fewer are money. */
    get leastCode(): number {
        return this.face === "pay" ? 8 : 0;
    }

    // —— the box ——

    scanned(code: string, typed: string): void {
        if (this.payment !== null && this.sale === null) return this.#scannedWhilePaying(this.payment, code);
        this.quantityFor = null;
        this.clearing = false;
        // The scanner is quicker than Enter: the next customer's first goods begin the next sale.
        if (this.face === "done") this.next();
        void this.#enter(withScan(code, typed), true);
    }

    /** A coupon or a card pays; goods scanned now would change what the customer was just told to pay. */
    #scannedWhilePaying(payment: Payment, code: string): void {
        const known = paidCode(code);
        this.scannedWhilePaying = known === null;
        if (known === null) return soon(toneNotFound);
        const done = known.kind === "coupon" ? payment.coupon({ code: known.code, coupon_id: null }) : payment.cardNo(known.code);
        void done.then(() => sound(payment.refusal === null));
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
        void this.#enter(text, false);
    }

    choose(at: number): void {
        const hits = this.box.hits;
        const product = hits?.products[at];
        if (hits === null || product === undefined) return;
        this.box.clear();
        void this.cart.add(product.id, hits.quantityMilli, product.name).then(sound);
    }

    async #enter(text: string, scanned: boolean): Promise<void> {
        const known = paidCode(text);
        if (known?.kind === "coupon") return sound(await this.cart.addCoupon({ code: known.code, coupon_id: null }, text));
        const entered = await this.cart.enter(text, scanned);
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

    /** Until the answer is here nothing that was cleared answers a key: `/` is for the next customer, not for the last one's member. */
    async clear(): Promise<void> {
        this.clearing = false;
        this.box.clear();
        this.cart.leave();
        if (await this.cart.clear()) return;
        const { notice } = this.cart;
        if (await this.cart.load()) this.cart.notice = notice;
    }

    /** Esc: one step back, whatever the last step was. */
    back(): void {
        if (this.box.hits !== null) this.box.hits = null;
        else if (this.quantityFor !== null) this.#cancelQuantity();
        else if (this.box.text !== "") this.box.clear();
        else this.cart.notice = null;
    }

    // —— price, coupons ——

    /** F4: the price of the current line, or something off the whole. Figures in the box are the new price. */
    askPrice(): void {
        const text = narrowed(this.box.text).trim();
        if (this.face !== "cart" || this.cart.lines.length === 0 || (text !== "" && !isFigure(text))) return;
        this.priceText = text;
        this.box.clear();
        this.dialog = "price";
    }

    /** F8: coupons and points, here or among the ways to pay. */
    askCoupons(): void {
        if (this.face === "cart") this.dialog = "coupons";
        else this.payment?.goToRewards();
    }

    closeDialog(): void {
        this.dialog = "none";
    }

    // —— paying ——

    pay(): void {
        if (this.box.text !== "" || this.face !== "cart") return;
        void this.cart.after(() => {
            const view = this.cart.view;
            if (view === null || view.lines.length === 0 || this.payment !== null) return Promise.resolve();
            this.box.hits = null;
            this.quantityFor = null;
            this.dialog = "none";
            this.cart.notice = null;
            this.scannedWhilePaying = false;
            const kept = this.#kept?.cartId === view.id ? this.#kept.tenders : [];
            const cart = { coupon: (request: CouponAsked) => this.cart.coupon(request), moved: (refusal: Refusal) => void this.#moved(refusal) };
            this.payment = new Payment(this.host, view, cart, kept);
            return this.payment.suggest();
        });
    }

    /** A key of an amount, while paying. */
    figure(character: string): boolean {
        this.scannedWhilePaying = false;
        return this.payment?.key(character) ?? false;
    }

    /** Esc while paying: one step back. */
    backInPayment(): void {
        const payment = this.payment;
        if (payment === null) return;
        if (payment.asking !== null) payment.asking = null;
        else if (payment.showing !== null) payment.unshown();
        else if (payment.typed !== "") payment.forget();
        else this.leavePayment();
    }

    /** What was entered waits for the cashier's return. */
    leavePayment(): void {
        const payment = this.payment;
        if (payment === null || payment.busy) return;
        this.#kept = { cartId: payment.cart.id, tenders: payment.tenders };
        this.payment = null;
    }

    async confirm(): Promise<void> {
        const payment = this.payment;
        if (payment === null) return;
        const sale = await payment.confirm();
        if (sale !== null) {
            this.sale = sale;
            this.payment = null;
            this.#kept = null;
            // The next customer's empty cart is fetched while this one takes the change; until it is here nothing of the
            // sale that was paid may answer a key for them, its member least of all.
            this.cart.leave();
            void this.cart.load();
        } else if (payment.refusal?.code === "cart.changed") {
            await this.#moved(payment.refusal);
        }
    }

    async #moved(refusal: Refusal): Promise<void> {
        if (this.payment === null) return;
        this.payment = null;
        if (await this.cart.load()) this.cart.notice = { refusal, about: "" };
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
