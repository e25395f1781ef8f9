/// Everything about one member on one page (B6), and changing what the member asks to have changed.

import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import type { CardView } from "$wire/CardView";
import type { CouponView } from "$wire/CouponView";
import type { MemberId } from "$wire/MemberId";
import type { MemberPage as MemberPageView } from "$wire/MemberPage";
import type { SaleId } from "$wire/SaleId";
import type { SaleView } from "$wire/SaleView";
import type { Sex } from "$wire/Sex";
import type { TimelineItem } from "$wire/TimelineItem";
import { AdjustPoints } from "./adjust-points.svelte";
import { IssueCoupon } from "./issue-coupon.svelte";
import { Ledger } from "./ledger.svelte";

export interface ChangeForm {
    name: string;
    sex: Sex | "";
    birthday: string;
    card_no: string;
}

export const PARTS = ["purchases", "points", "cards", "coupons"] as const;
export type Part = (typeof PARTS)[number];

export class MemberPage {
    part = $state<Part>("purchases");
    /** Points; made when they are first looked at. */
    points = $state.raw<Ledger | null>(null);
    /** Which card is looked at, and its movements. */
    cardAt = $state(0);
    cardLedger = $state.raw<Ledger | null>(null);
    /** With those that are used or over; the page itself has the others alone. `null` before they are looked at. */
    coupons = $state.raw<CouponView[] | null>(null);
    issuing = $state.raw<IssueCoupon | null>(null);
    adjusting = $state.raw<AdjustPoints | null>(null);
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
    readonly #lookAtCoupons: Latest<null, CouponView[]>;

    constructor(
        private readonly host: Host,
        private readonly id: MemberId,
    ) {
        this.#look = new Latest(
            () => host.rpc("member.get", { id, after: null }),
            (_, page) => this.#show(page),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
        this.#lookAtCoupons = new Latest(
            async () => (await host.rpc("coupon.of_member", { member_id: id })).coupons,
            (_, coupons) => (this.coupons = coupons),
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    /** Reads the page again, but takes it from nobody who is changing it or reading further down. */
    follow(): void {
        const readsOn = this.timeline.length > (this.page?.timeline.length ?? 0);
        if (this.form === null && !readsOn) this.#look.want(null);
        this.points?.follow();
        this.cardLedger?.follow();
        if (this.coupons !== null) this.#lookAtCoupons.want(null);
    }

    // —— parts ——

    show(part: Part): void {
        this.part = part;
        this.issuing = null;
        this.adjusting = null;
        if (part === "points" && this.points === null) {
            this.points = new Ledger((after) => this.host.rpc("statement.points", { member_id: this.id, after }));
            this.points.follow();
        }
        if (part === "cards" && this.cardLedger === null) this.chooseCard(this.cardAt);
        if (part === "coupons" && this.coupons === null) this.#lookAtCoupons.want(null);
    }

    stepPart(by: 1 | -1): void {
        const at = PARTS.indexOf(this.part) + by;
        this.show(PARTS[(at + PARTS.length) % PARTS.length] ?? this.part);
    }

    get card(): CardView | null {
        return this.page?.cards[this.cardAt] ?? null;
    }

    chooseCard(at: number): void {
        const card = this.page?.cards[at];
        this.cardAt = at;
        if (card === undefined) return;
        this.cardLedger = new Ledger((after) => this.host.rpc("statement.card", { card_id: card.card_id, after }));
        this.cardLedger.follow();
    }

    // —— a coupon by hand ——

    async issue(): Promise<void> {
        if (this.issuing !== null || this.form !== null) return;
        this.show("coupons");
        const issuing = new IssueCoupon(this.host, this.id, (coupons) => {
            this.issuing = null;
            this.coupons = coupons;
            this.#look.want(null);
        });
        this.issuing = issuing;
        await issuing.load();
    }

    // —— points by hand ——

    adjust(): void {
        if (this.adjusting !== null || this.form !== null || this.page === null) return;
        this.show("points");
        this.adjusting = new AdjustPoints(this.host, this.id, (page) => {
            this.adjusting = null;
            this.#show(page);
            this.points?.again();
        });
    }

    more(): Promise<void> {
        if (this.part === "points") return this.points?.more() ?? Promise.resolve();
        if (this.part === "cards") return this.cardLedger?.more() ?? Promise.resolve();
        const after = this.next;
        if (after === null) return Promise.resolve();
        return this.#run(async () => {
            const page = await this.host.rpc("member.get", { id: this.id, after });
            this.timeline = [...this.timeline, ...page.timeline];
            this.next = page.next;
        });
    }

    step(by: 1 | -1): void {
        if (this.issuing !== null) return this.issuing.step(by);
        if (this.part === "cards") return this.chooseCard(Math.max(0, Math.min(this.cardAt + by, (this.page?.cards.length ?? 0) - 1)));
        if (this.part !== "purchases") return;
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
