/// Points given or taken by hand at head office, with a reason, looked at once more before they move (C1).

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { narrowed } from "../till/cashier/entry";
import { freshId } from "../till/refund/fresh-id";
import type { MemberId } from "$wire/MemberId";
import type { MemberPage } from "$wire/MemberPage";

/** `+100`, `100` or `-100`, in whatever widths an input method leaves; `null` when it is no number of points, or none. */
export function pointsTyped(text: string): number | null {
    const plain = narrowed(text).trim().replace(/^[＋]/, "+").replace(/^[−－–]/, "-").replace(/,/g, "");
    if (!/^[+-]?\d{1,9}$/.test(plain)) return null;
    const points = Number(plain);
    return points === 0 ? null : points;
}

export class AdjustPoints {
    text = $state("");
    reason = $state("");
    /** What is about to happen stands on the screen; the next Enter does it. */
    checking = $state(false);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    /** Names the act, so that sending it twice moves the points once. */
    readonly #act = freshId();

    constructor(
        private readonly host: Host,
        private readonly member: MemberId,
        private readonly adjusted: (page: MemberPage) => void,
    ) {}

    get points(): number | null {
        return pointsTyped(this.text);
    }

    get ready(): boolean {
        return this.points !== null && this.reason.trim() !== "";
    }

    /** Enter: first look, then do. */
    async confirm(): Promise<void> {
        if (!this.ready) return;
        if (this.checking) await this.#send();
        else this.checking = true;
    }

    /** One step back. `false` when there is none left here. */
    back(): boolean {
        this.refusal = null;
        if (!this.checking) return false;
        this.checking = false;
        return true;
    }

    async #send(): Promise<void> {
        const points = this.points;
        if (points === null || this.busy) return;
        this.busy = true;
        this.refusal = null;
        try {
            const request = { act_id: this.#act, member_id: this.member, points, reason: this.reason.trim() };
            this.adjusted(await this.host.rpc("hq.adjust_points", request));
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }
}
