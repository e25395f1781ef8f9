/// The open cart as the node keeps it. Whatever changes it stands in one line, so that scans faster than the node are
/// neither lost nor crossed, and each reply is the whole cart, shown at once.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Serial } from "$lib/queue";
import type { CartCouponAdd } from "$wire/CartCouponAdd";
import type { CartDiscount } from "$wire/CartDiscount";
import type { CartEntered } from "$wire/CartEntered";
import type { CartLine } from "$wire/CartLine";
import type { CartPrice } from "$wire/CartPrice";
import type { CartView } from "$wire/CartView";
import type { CouponId } from "$wire/CouponId";
import type { MemberId } from "$wire/MemberId";
import type { ProductAdd } from "$wire/ProductAdd";
import type { ProductId } from "$wire/ProductId";

export interface Notice {
    refusal: Refusal;
    /** What was scanned or typed. */
    about: string;
}

export class Cart {
    view = $state.raw<CartView | null>(null);
    /** The line that quantity and removal mean. */
    currentNo = $state<number | null>(null);
    /** Counts up with each line found, so that the same line can flash twice. */
    flash = $state.raw<{ no: number; round: number }>({ no: 0, round: 0 });
    notice = $state.raw<Notice | null>(null);
    /** Scans and changes not answered yet. */
    waiting = $state(0);

    readonly #serial = new Serial();

    constructor(private readonly host: Host) {}

    get lines(): CartLine[] {
        return this.view?.lines ?? [];
    }

    get current(): CartLine | null {
        return this.lines.find((line) => line.no === this.currentNo) ?? this.lines.at(-1) ?? null;
    }

    step(by: 1 | -1): void {
        const at = this.lines.findIndex((line) => line.no === this.current?.no);
        this.currentNo = this.lines[at + by]?.no ?? this.currentNo;
    }

    load(): Promise<boolean> {
        return this.#change("", async () => this.#show(await this.host.rpc("cart.get", {})));
    }

    /** Shows nothing of it any more: it was paid. */
    leave(): void {
        this.view = null;
        this.currentNo = null;
    }

    /** Sends what was scanned or typed. `null` when it was refused; the notice says why. */
    async enter(text: string, scanned: boolean): Promise<CartEntered | null> {
        let entered: CartEntered | null = null;
        await this.#change(text, async () => {
            entered = await this.host.rpc("cart.enter", scanned ? { text, scanned } : { text });
            if (entered.outcome === "added") this.#added(entered.cart, entered.line_no);
        });
        return entered;
    }

    /** Goods that no book knew a moment ago: entered, and put in the cart. */
    async addNew(goods: ProductAdd): Promise<void> {
        const product = await this.host.rpc("product.add", goods);
        this.notice = null;
        await this.add(product.id, 1000, product.name);
    }

    add(productId: ProductId, quantityMilli: number, name: string): Promise<boolean> {
        return this.#change(name, async () => {
            const before = this.lines;
            const cart = await this.host.rpc("cart.add", { product_id: productId, quantity_milli: quantityMilli });
            this.#added(cart, touched(before, cart.lines, productId));
        });
    }

    setQuantity(line: CartLine, quantityMilli: number): Promise<boolean> {
        return this.#change(line.name, async () => {
            const request = { line_no: line.no, quantity_milli: quantityMilli };
            this.#added(await this.host.rpc("cart.set_quantity", request), line.no);
        });
    }

    remove(line: CartLine): Promise<boolean> {
        return this.#change(line.name, async () => {
            const at = this.lines.findIndex((each) => each.no === line.no);
            this.#show(await this.host.rpc("cart.remove", { line_no: line.no }));
            this.currentNo = (this.lines[at] ?? this.lines.at(-1))?.no ?? null;
        });
    }

    clear(): Promise<boolean> {
        return this.#change("", async () => this.#show(await this.host.rpc("cart.clear", {})));
    }

    /** `said` is what they were found by: a whole phone number lets their cards pay. */
    setMember(memberId: MemberId | null, said: string | null = null): Promise<boolean> {
        return this.#change("", async () => this.#show(await this.host.rpc("cart.member", { member_id: memberId, said })));
    }

    /** A coupon onto the cart, by code or by id; `about` is what was scanned. */
    addCoupon(request: CartCouponAdd, about = ""): Promise<boolean> {
        return this.#change(about, async () => this.#show(await this.host.rpc("cart.coupon", request)));
    }

    removeCoupon(couponId: CouponId): Promise<boolean> {
        return this.#change("", async () => this.#show(await this.host.rpc("cart.coupon_remove", { coupon_id: couponId })));
    }

    // —— for dialogs, which say themselves why not: these reject with the refusal ——

    coupon(request: CartCouponAdd): Promise<CartView> {
        return this.#shown(() => this.host.rpc("cart.coupon", request));
    }

    takeOffCoupon(couponId: CouponId): Promise<CartView> {
        return this.#shown(() => this.host.rpc("cart.coupon_remove", { coupon_id: couponId }));
    }

    setPrice(request: CartPrice): Promise<CartView> {
        return this.#shown(() => this.host.rpc("cart.price", request));
    }

    setDiscount(request: CartDiscount): Promise<CartView> {
        return this.#shown(() => this.host.rpc("cart.discount", request));
    }

    endExchange(): Promise<boolean> {
        return this.#change("", async () => this.#show(await this.host.rpc("cart.exchange", { exchange: null })));
    }

    /** Something that must see the cart as all changes before it have left it. */
    after<T>(work: () => Promise<T>): Promise<T> {
        return this.#serial.run(work);
    }

    #added(cart: CartView, no: number): void {
        this.#show(cart);
        this.currentNo = no;
        this.flash = { no, round: this.flash.round + 1 };
    }

    #show(cart: CartView): void {
        this.view = { ...cart, lines: asBefore(this.lines, cart.lines) };
        this.notice = null;
        if (!cart.lines.some((line) => line.no === this.currentNo)) this.currentNo = cart.lines.at(-1)?.no ?? null;
    }

    #shown(work: () => Promise<CartView>): Promise<CartView> {
        return this.#serial.run(async () => {
            const view = await work();
            this.#show(view);
            return view;
        });
    }

    async #change(about: string, work: () => Promise<void>): Promise<boolean> {
        this.waiting++;
        try {
            await this.#serial.run(work);
            return true;
        } catch (thrown) {
            this.notice = { refusal: refusalOf(thrown), about };
            return false;
        } finally {
            this.waiting--;
        }
    }
}

/** Lines that have not changed stay the objects they were: their rows are not looked at again. */
function asBefore(before: CartLine[], after: CartLine[]): CartLine[] {
    const known = new Map(before.map((line) => [line.no, line]));
    return after.map((line) => {
        const held = known.get(line.no);
        return held !== undefined && JSON.stringify(held) === JSON.stringify(line) ? held : line;
    });
}

/** The line that an addition changed: the new one, or the one of these goods whose quantity grew. */
function touched(before: CartLine[], after: CartLine[], productId: ProductId): number {
    const old = new Map(before.map((line) => [line.no, line.quantity_milli]));
    const line = after.findLast((each) => each.product_id === productId && old.get(each.no) !== each.quantity_milli);
    return (line ?? after.at(-1))?.no ?? 0;
}
