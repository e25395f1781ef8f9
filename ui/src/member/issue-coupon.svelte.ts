/// Giving a member a coupon by hand (C4).

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { freshId } from "../till/refund/fresh-id";
import type { CouponKind } from "$wire/CouponKind";
import type { CouponView } from "$wire/CouponView";
import type { MemberId } from "$wire/MemberId";

const COUNT_MOST = 20;

export class IssueCoupon {
    kinds = $state.raw<CouponKind[] | null>(null);
    at = $state(0);
    count = $state(1);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    /** Names the act, so that sending it twice gives the coupons once. */
    readonly #batch = freshId();

    constructor(
        private readonly host: Host,
        private readonly member: MemberId,
        private readonly issued: (coupons: CouponView[]) => void,
    ) {}

    async load(): Promise<void> {
        try {
            this.kinds = (await this.host.rpc("coupon.kinds", {})).kinds;
        } catch (thrown) {
            this.kinds = [];
            this.refusal = refusalOf(thrown);
        }
    }

    get kind(): CouponKind | null {
        return this.kinds?.[this.at] ?? null;
    }

    choose(at: number): void {
        this.at = at;
        this.refusal = null;
    }

    step(by: 1 | -1): void {
        this.choose(Math.max(0, Math.min(this.at + by, (this.kinds?.length ?? 0) - 1)));
    }

    more(by: 1 | -1): void {
        this.count = Math.max(1, Math.min(this.count + by, COUNT_MOST));
        this.refusal = null;
    }

    async give(): Promise<void> {
        const kind = this.kind;
        if (kind === null || this.busy) return;
        this.busy = true;
        this.refusal = null;
        try {
            const request = { batch_id: this.#batch, template_id: kind.template_id, member_id: this.member, count: this.count };
            await this.host.rpc("coupon.issue", request);
            // What was given may come alone; the member's list is asked for whole.
            this.issued((await this.host.rpc("coupon.of_member", { member_id: this.member })).coupons);
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }
}
