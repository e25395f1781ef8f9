/// F8: the member's coupons, those that lie on the cart first, to put on and take off.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import type { CartView } from "$wire/CartView";
import type { Code } from "$wire/Code";
import type { CouponId } from "$wire/CouponId";
import type { CouponView } from "$wire/CouponView";
import type { Fen } from "$wire/Fen";

/** The cart as this dialog changes it; both reject with the refusal. */
export interface CouponCart {
    readonly view: CartView | null;
    coupon(request: { code: string | null; coupon_id: CouponId | null }): Promise<unknown>;
    takeOffCoupon(couponId: CouponId): Promise<unknown>;
}

export interface CouponRow {
    id: CouponId;
    name: string;
    /** What the member's list says of it; `null` for one that was scanned and is nobody's. */
    view: CouponView | null;
    /** What it takes off; `null` while it is not on the cart. */
    offFen: Fen | null;
    whyNot: Code | null;
}

export class Coupons {
    list = $state.raw<CouponView[] | null>(null);
    at = $state(0);
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);

    constructor(
        private readonly host: Host,
        private readonly cart: CouponCart,
    ) {}

    async load(): Promise<void> {
        const member = this.cart.view?.member ?? null;
        if (member === null) {
            this.list = [];
            return;
        }
        try {
            this.list = (await this.host.rpc("coupon.of_member", { member_id: member.id })).coupons;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }

    /** Those on the cart that are not the member's, then the member's: usable ones first, in the node's order. */
    get rows(): CouponRow[] {
        const on = this.cart.view?.coupons ?? [];
        const list = this.list ?? [];
        const others = on.filter((coupon) => !list.some((own) => own.coupon_id === coupon.coupon_id));
        const rows = list.map<CouponRow>((view) => ({
            id: view.coupon_id, name: view.name, view, whyNot: view.why_not,
            offFen: on.find((coupon) => coupon.coupon_id === view.coupon_id)?.off_fen ?? null,
        }));
        return [
            ...others.map<CouponRow>((coupon) => ({ id: coupon.coupon_id, name: coupon.name, view: null, offFen: coupon.off_fen, whyNot: null })),
            ...rows.filter((row) => row.whyNot === null),
            ...rows.filter((row) => row.whyNot !== null),
        ];
    }

    step(by: 1 | -1): void {
        this.at = Math.min(Math.max(this.at + by, 0), Math.max(0, this.rows.length - 1));
    }

    /** On when it is off, off when it is on. */
    async toggle(at = this.at): Promise<void> {
        const row = this.rows[at];
        if (row === undefined) return;
        this.at = at;
        if (row.offFen === null) await this.#change(() => this.cart.coupon({ code: null, coupon_id: row.id }));
        else await this.#change(() => this.cart.takeOffCoupon(row.id));
        this.at = Math.max(0, this.rows.findIndex((each) => each.id === row.id));
    }

    scanned(code: string): Promise<void> {
        return this.#change(() => this.cart.coupon({ code, coupon_id: null }));
    }

    async #change(work: () => Promise<unknown>): Promise<void> {
        if (this.busy) return;
        this.busy = true;
        this.refusal = null;
        try {
            await work();
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }
}
