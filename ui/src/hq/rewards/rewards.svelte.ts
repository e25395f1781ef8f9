/// Work on many members at once: counted first, written only when somebody who saw the count says so.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import type { BatchId } from "$wire/BatchId";
import type { CouponBatchDone } from "$wire/CouponBatchDone";
import type { CouponBatchRow } from "$wire/CouponBatchRow";
import type { CouponsTo } from "$wire/CouponsTo";
import { newId } from "../ids";

/** Counts, asks, writes. What was counted is shown until it is counted again. */
export class Sweep<R extends { written: boolean }> {
    found = $state.raw<R | null>(null);
    asking = $state(false);
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);

    constructor(private readonly run: (write: boolean) => Promise<R>) {}

    count(): Promise<void> {
        return this.#go(false);
    }

    /** Only what was counted and shown is written. */
    async write(): Promise<void> {
        this.asking = false;
        if (this.found !== null && !this.found.written) await this.#go(true);
    }

    async #go(write: boolean): Promise<void> {
        if (this.busy) return;
        this.busy = true;
        this.refusal = null;
        try {
            this.found = await this.run(write);
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }
}

/** Codes that one page of the printer's list holds at most; the node has its own bound. */
export const CODES_MOST = 10_000;

export class Batches {
    rows = $state.raw<CouponBatchRow[] | null>(null);
    done = $state.raw<CouponBatchDone | null>(null);
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);
    /** Kept until the batch is done: sent again after a lost answer it gives the same coupons, not others. */
    #id: { for: string; batch: BatchId } | null = null;

    constructor(
        private readonly host: Host,
        private readonly now: () => number,
    ) {}

    async list(): Promise<void> {
        try {
            this.rows = (await this.host.rpc("hq.coupon_batches", {})).batches;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }

    async issue(name: string, templateId: string, to: CouponsTo): Promise<void> {
        if (this.busy) return;
        this.busy = true;
        this.refusal = null;
        this.done = null;
        const wanted = JSON.stringify([name, templateId, to]);
        if (this.#id?.for !== wanted) this.#id = { for: wanted, batch: newId(this.now()) };
        try {
            this.done = await this.host.rpc("hq.coupon_batch", { batch_id: this.#id.batch, name, template_id: templateId, to });
            this.#id = null;
            await this.list();
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = false;
        }
    }
}

/** Codes as a spreadsheet reads them: one a line under a heading, with the mark that says UTF-8. */
export function codesFile(heading: string, codes: readonly string[]): string {
    return `\uFEFF${[heading, ...codes].join("\r\n")}\r\n`;
}
