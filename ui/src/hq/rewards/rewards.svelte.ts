/// Work on many members at once: counted first, written only when somebody who saw the count says so.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import type { BatchId } from "$wire/BatchId";
import type { BatchTold } from "$wire/BatchTold";
import type { CouponBatches } from "$wire/CouponBatches";
import type { CouponBatchOpen } from "$wire/CouponBatchOpen";
import type { CouponBatchRow } from "$wire/CouponBatchRow";
import type { CouponsTo } from "$wire/CouponsTo";
import type { HqDaily } from "$wire/HqDaily";
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

/** What the node does every day by itself, as it went last. */
export class Daily {
    runs = $state.raw<HqDaily | null>(null);
    refusal = $state.raw<Refusal | null>(null);

    constructor(private readonly host: Host) {}

    async look(): Promise<void> {
        try {
            this.runs = await this.host.rpc("hq.daily", {});
            this.refusal = null;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }
}

/** Codes that one page of the printer's list holds at most; the node has its own bound. */
export const CODES_MOST = 10_000;

/** Coupons in bulk: the node makes them, whoever watches. */
export class Batches {
    rows = $state.raw<CouponBatchRow[] | null>(null);
    open = $state.raw<CouponBatchOpen[]>([]);
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);
    /** Kept until the node has taken it: sent again after a lost answer it is the same batch, not another. */
    #id: { for: string; batch: BatchId } | null = null;

    constructor(
        private readonly host: Host,
        private readonly now: () => number,
    ) {}

    async list(): Promise<void> {
        try {
            this.#take(await this.host.rpc("hq.coupon_batches", {}));
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }

    /** Whether the node has taken it. */
    async issue(name: string, templateId: string, to: CouponsTo): Promise<boolean> {
        const wanted = JSON.stringify([name, templateId, to]);
        if (this.#id?.for !== wanted) this.#id = { for: wanted, batch: newId(this.now()) };
        const request = { batch_id: this.#id.batch, name, template_id: templateId, to };
        const taken = await this.#ask(async () => this.#take(await this.host.rpc("hq.coupon_batch", request)));
        if (taken) this.#id = null;
        return taken;
    }

    tell(batch: BatchId, told: BatchTold): Promise<boolean> {
        return this.#ask(async () => this.#take(await this.host.rpc("hq.coupon_batch_tell", { batch_id: batch, told })));
    }

    async codes(batch: BatchId): Promise<string[]> {
        let codes: string[] = [];
        await this.#ask(async () => {
            codes = (await this.host.rpc("hq.coupon_codes", { batch_id: batch })).codes;
        });
        return codes;
    }

    async #ask(work: () => Promise<void>): Promise<boolean> {
        if (this.busy) return false;
        this.busy = true;
        this.refusal = null;
        try {
            await work();
            return true;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            return false;
        } finally {
            this.busy = false;
        }
    }

    #take(batches: CouponBatches): void {
        this.rows = batches.batches;
        this.open = batches.open;
    }
}

/** Codes as a spreadsheet reads them: one a line under a heading, with the mark that says UTF-8. */
export function codesFile(heading: string, codes: readonly string[]): string {
    return `\uFEFF${[heading, ...codes].join("\r\n")}\r\n`;
}
