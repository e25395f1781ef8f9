/// Everything about one member on one page (B6), and changing what the member asks to have changed.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import type { MemberId } from "$wire/MemberId";
import type { MemberPage as MemberPageView } from "$wire/MemberPage";
import type { SaleId } from "$wire/SaleId";
import type { SaleView } from "$wire/SaleView";
import type { Sex } from "$wire/Sex";
import type { TimelineItem } from "$wire/TimelineItem";

export interface ChangeForm {
    name: string;
    sex: Sex | "";
    birthday: string;
    card_no: string;
}

export class MemberPage {
    page = $state.raw<MemberPageView | null>(null);
    timeline = $state.raw<TimelineItem[]>([]);
    next = $state.raw<string | null>(null);
    at = $state(0);
    sale = $state.raw<SaleView | null>(null);
    form = $state<ChangeForm | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);
    #asked: SaleId | null = null;
    readonly #look: Latest<null, MemberPageView>;

    constructor(
        private readonly host: Host,
        private readonly id: MemberId,
    ) {
        this.#look = new Latest(
            () => host.rpc("member.get", { id, after: null }),
            (_, page) => this.#show(page),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    /** Reads the page again, but takes it from nobody who is changing it or reading further down. */
    follow(): void {
        const readsOn = this.timeline.length > (this.page?.timeline.length ?? 0);
        if (this.form === null && !readsOn) this.#look.want(null);
    }

    more(): Promise<void> {
        const after = this.next;
        if (after === null) return Promise.resolve();
        return this.#run(async () => {
            const page = await this.host.rpc("member.get", { id: this.id, after });
            this.timeline = [...this.timeline, ...page.timeline];
            this.next = page.next;
        });
    }

    step(by: 1 | -1): void {
        void this.choose(Math.min(Math.max(this.at + by, 0), this.timeline.length - 1));
    }

    /** Shows the sale behind a line of the timeline; a slower answer to an earlier line is dropped. */
    async choose(at: number): Promise<void> {
        const item = this.timeline[at];
        this.at = at;
        if (item === undefined || item.sale_id === this.#asked) return;
        this.#asked = item.sale_id;
        try {
            const sale = await this.host.rpc("sale.get", { id: item.sale_id });
            if (this.#asked === item.sale_id) this.sale = sale;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        }
    }

    // —— changing ——

    edit(): void {
        const page = this.page;
        if (page === null) return;
        this.form = {
            // A masked name is not the member's name and must not be saved as one.
            name: page.card.full ? page.card.name : "",
            sex: page.sex ?? "",
            birthday: page.birthday ?? "",
            card_no: page.card.card_no ?? "",
        };
    }

    cancel(): void {
        this.form = null;
        this.refusal = null;
    }

    save(): Promise<void> {
        const form = this.form;
        const page = this.page;
        if (form === null || page === null) return Promise.resolve();
        const changed = (now: string, before: string | null) => (now.trim() === (before ?? "") ? null : now.trim());
        const keepName = !page.card.full && form.name.trim() === "";
        const request = {
            id: this.id,
            name: keepName ? null : changed(form.name, page.card.full ? page.card.name : null),
            sex: form.sex === "" || form.sex === page.sex ? null : form.sex,
            birthday: changed(form.birthday, page.birthday),
            card_no: changed(form.card_no, page.card.card_no),
        };
        return this.#run(async () => {
            this.#show(await this.host.rpc("member.change", request));
            this.form = null;
        });
    }

    #show(page: MemberPageView): void {
        const lookedAt = this.timeline[this.at]?.sale_id;
        this.page = page;
        this.timeline = page.timeline;
        this.next = page.next;
        void this.choose(Math.max(0, page.timeline.findIndex((item) => item.sale_id === lookedAt)));
    }

    async #run(work: () => Promise<void>): Promise<void> {
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
