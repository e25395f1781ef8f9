/// The payment column: what was entered, and what the node says it comes to. Every figure on it is the node's; what is
/// typed is looked at (`pay.preview`) as it is typed, and nothing is written before `sale.pay`.

import { Refusal, refusalOf, type Host } from "$lib/host";
import { Latest, Serial } from "$lib/queue";
import { fenTyped } from "$lib/words/figures";
import type { Approval } from "$wire/Approval";
import type { CardId } from "$wire/CardId";
import type { CardShown } from "$wire/CardShown";
import type { CardView } from "$wire/CardView";
import type { CartView } from "$wire/CartView";
import type { Fen } from "$wire/Fen";
import type { PaySuggestions } from "$wire/PaySuggestions";
import type { SaleView } from "$wire/SaleView";
import type { Settlement } from "$wire/Settlement";
import type { TenderGiven } from "$wire/TenderGiven";
import type { TenderView } from "$wire/TenderView";
import { asksOn } from "../refund/asking";
import { START, stepped, type Mark } from "./pay/mark";
import { offersOf, paidCode, restFen, type Asking, type Offer, type Showing, onCard, wholeTyped } from "./pay/offers";

/** What the payment needs of the cart that it pays. */
export interface PaidCart {
    /** A coupon onto the cart: the cart as it is then. */
    coupon(request: { code: string | null; coupon_id: string | null }): Promise<CartView>;
    /** The cart has moved on elsewhere. */
    moved(refusal: Refusal): void;
}

export class Payment {
    cart = $state.raw<CartView>() as CartView;
    typed = $state("");
    tenders = $state.raw<TenderGiven[]>([]);
    suggestions = $state.raw<PaySuggestions | null>(null);
    /** Entered tenders as the node has them; the credit of an exchange is nobody's to remove. */
    rows = $state.raw<TenderView[]>([]);
    /** What they come to. */
    settled = $state.raw<Settlement | null>(null);
    /** The same with the cash that Enter would add. */
    ahead = $state.raw<Settlement | null>(null);
    mark = $state.raw<Mark>(START);
    asking = $state.raw<Asking | null>(null);
    showing = $state.raw<Showing | null>(null);
    /** A manager is being asked for their PIN. */
    approving = $state(false);
    busy = $state(false);
    refusal = $state.raw<Refusal | null>(null);

    /** Once sent, the cart may be a sale already: it is sent again as it was, and nothing is asked about it. */
    #sent = false;
    readonly #serial = new Serial();
    readonly #look: Latest<TenderGiven[], Settlement>;

    constructor(
        private readonly host: Host,
        cart: CartView,
        private readonly paid: PaidCart,
        kept: TenderGiven[] = [],
    ) {
        this.cart = cart;
        this.tenders = kept;
        this.#look = new Latest(
            (tenders) => this.#preview(tenders),
            (_, settlement) => (this.ahead = settlement),
            // Half an amount may be none; Enter asks again and says why.
            () => (this.ahead = null),
        );
    }

    get dueFen(): Fen {
        return this.cart.totals.due_fen;
    }

    get cashFen(): Fen[] {
        return this.tenders.length === 0 ? (this.suggestions?.cash_fen ?? []) : [];
    }

    get offers(): Offer[] {
        return offersOf(this.suggestions, this.tenders);
    }

    get enough(): boolean {
        return this.settled?.enough ?? false;
    }

    /** The cash that Enter would take; `null` when none is needed, or what is typed is no amount. */
    get givenFen(): Fen | null {
        if (this.typed !== "") return fenTyped(this.typed);
        if (this.enough) return null;
        if (this.tenders.length > 0 && this.settled !== null) return this.settled.left_fen;
        return this.cashFen[this.mark.on === "cash" ? this.mark.at : 0] ?? this.settled?.left_fen ?? this.dueFen;
    }

    /** What Enter takes beside what was entered, said on its key where nothing else says it: it is neither typed nor chosen. */
    get takesFen(): Fen | null {
        return this.tenders.length > 0 && this.typed === "" && this.mark.on !== "offer" ? this.givenFen : null;
    }

    /** What the column shows big: what is left of what was entered, or what comes back of what is given. */
    get shown(): Settlement | null {
        return this.typed === "" && (this.tenders.length > 0 || this.enough) ? this.settled : this.ahead;
    }

    async suggest(): Promise<void> {
        await this.#change(async () => {
            const settled = this.#preview(this.tenders);
            settled.catch(() => undefined);
            this.suggestions = await this.host.rpc("pay.suggest", { tenders: this.tenders });
            this.#settle(await settled);
        });
    }

    // —— cash ——

    key(character: string): boolean {
        if (!/^[\d.]$/.test(character)) return false;
        const next = this.typed + character;
        if (/^\d{0,7}(\.\d{0,2})?$/.test(next)) this.#type(next);
        return true;
    }

    /** A digit away, or what was entered last. */
    erase(): void {
        if (this.typed === "") this.remove();
        else this.#type(this.typed.slice(0, -1));
    }

    forget(): void {
        this.#type("");
    }

    #type(text: string): void {
        this.typed = text;
        this.mark = START;
        this.refusal = null;
        this.#showAhead();
    }

    // —— choosing ——

    step(by: 1 | -1): void {
        // What is typed, or all that is left, is one stop; suggestions are some.
        const cash = this.typed === "" ? Math.max(this.cashFen.length, 1) : 1;
        this.#goTo(stepped(this.mark, by, { row: this.rows.length, cash, offer: this.offers.length }));
    }

    /** F8: the first of points and coupons. */
    goToRewards(): void {
        const at = this.offers.findIndex((offer) => offer.kind === "points" || offer.kind === "coupon");
        if (at >= 0) this.#goTo({ on: "offer", at });
    }

    choose(at: number): void {
        this.typed = "";
        this.#goTo({ on: "cash", at });
    }

    #goTo(mark: Mark): void {
        this.mark = mark;
        this.refusal = null;
        this.#showAhead();
    }

    // —— other tenders ——

    /** An offer, for what is typed or for all that is left. */
    async take(offer: Offer | undefined): Promise<void> {
        if (offer === undefined || this.busy) return;
        if (offer.kind === "coupon") return this.coupon({ code: null, coupon_id: offer.coupon.coupon_id });
        await this.#change(async () => {
            if (offer.kind === "points") {
                return this.#enter({ kind: "points", points: this.typed === "" || !offer.takesTyped ? offer.points : wholeTyped(this.typed) });
            }
            const amountFen = this.paysFen(offer);
            if (offer.kind === "card") return this.#enterListed({ cardId: offer.cardId, typeName: offer.typeName, amountFen });
            if (offer.tender.wants_reference) this.asking = { tender: offer.tender, amountFen };
            else await this.#enter({ kind: "named", tender_id: offer.tender.tender_id, amount_fen: amountFen, reference: null });
        });
    }

    async refer(text: string): Promise<void> {
        const asking = this.asking;
        if (asking === null) return;
        const reference = text.trim() === "" ? null : text.trim();
        await this.#change(async () => {
            await this.#enter({ kind: "named", tender_id: asking.tender.tender_id, amount_fen: asking.amountFen, reference });
            this.asking = null;
        });
    }

    /** A stored-value card by its number: whoever brings it pays with it. */
    async cardNo(cardNo: string): Promise<void> {
        await this.#change(async () => {
            const view = await this.#show({ by: "number", card_no: cardNo });
            await this.#enterCard(view.card_id, this.#typedFen() ?? Math.min(onCard(view), this.#restFen()));
        });
    }

    /** What stands for the card: its number, or its member's phone. Nothing: somebody must allow it. */
    async show(text: string): Promise<void> {
        const showing = this.showing;
        const said = text.trim();
        if (showing === null) return;
        const code = paidCode(said);
        if (said === "") this.approving = true;
        else if (code?.kind === "card") await this.#shown(showing, { by: "number", card_no: code.code });
        else await this.#shown(showing, { by: "member", card_id: showing.cardId, said });
    }

    async allow(approval: Approval): Promise<void> {
        const showing = this.showing;
        if (showing === null) return;
        await this.#shown(showing, { by: "approval", card_id: showing.cardId, approval });
        this.approving &&= asksOn(this.refusal?.code);
    }

    async #shown(showing: Showing, shown: CardShown): Promise<void> {
        await this.#change(async () => {
            const view = await this.#show(shown);
            await this.#enterCard(view.card_id, view.card_id === showing.cardId ? showing.amountFen : Math.min(onCard(view), this.#restFen()));
            this.unshown();
        });
    }

    async #show(shown: CardShown): Promise<CardView> {
        const view = await this.host.rpc("pay.card", { shown });
        if (view.why_not !== null) throw new Refusal(view.why_not);
        return view;
    }

    #enterCard(card_id: CardId, amount_fen: Fen): Promise<void> {
        return this.#enter({ kind: "card", card_id, amount_fen });
    }

    /** It pays nothing after all. */
    unshown(): void {
        this.showing = null;
        this.approving = false;
        this.refusal = null;
    }

    async #enterListed(card: Showing): Promise<void> {
        try {
            await this.#enterCard(card.cardId, card.amountFen);
        } catch (thrown) {
            if (refusalOf(thrown).code !== "card.not_shown") throw thrown;
            this.showing = card;
        }
    }

    async coupon(request: { code: string | null; coupon_id: string | null }): Promise<void> {
        await this.#change(async () => {
            this.cart = await this.paid.coupon(request);
            this.typed = "";
            this.mark = START;
            // What the coupon takes off is said even where the tenders no longer fit.
            this.suggestions = await this.host.rpc("pay.suggest", { tenders: this.tenders });
            this.settled = null;
            this.#settle(await this.#preview(this.tenders));
        });
    }

    /** Takes out the tender at the mark, or the one entered last. */
    remove(at = this.mark.on === "row" ? this.mark.at : this.rows.length - 1): void {
        const row = this.rows[at];
        // Without figures there are no rows to point at: the last one goes.
        if (row === undefined && this.tenders.length === 0) return;
        const cash = row?.kind === "cash";
        const others = this.rows.slice(0, at).filter((each) => each.kind !== "credit").length;
        if (row?.kind === "credit") return;
        void this.#change(async () => {
            const left = this.tenders.filter((each) => each.kind !== "cash");
            const kept = this.tenders.filter((each) => each.kind === "cash");
            this.tenders = cash ? left : row === undefined ? this.tenders.slice(0, -1) : [...left.toSpliced(others, 1), ...kept];
            this.mark = START;
            this.rows = this.rows.toSpliced(at, 1);
            this.settled = null;
            this.#settle(await this.#preview(this.tenders));
            await this.#offer();
        });
    }

    // —— done ——

    /** Enter: an offer that is marked, else cash. Sent again after a lost answer it answers with the sale that exists, for
     * the cart's id is the sale's. */
    async confirm(): Promise<SaleView | null> {
        if (this.mark.on === "offer") {
            await this.take(this.offers[this.mark.at]);
            return null;
        }
        // What was asked for just now is answered first, so that no key outruns the figures.
        if (!this.busy) await this.#serial.run(() => Promise.resolve());
        const given = this.givenFen;
        if (this.busy || (given === null && !this.enough)) return null;
        this.busy = true;
        this.refusal = null;
        const cash: TenderGiven[] = given === null ? [] : [{ kind: "cash", given_fen: given }];
        try {
            this.#sent = true;
            return await this.host.rpc("sale.pay", { cart_id: this.cart.id, revision: this.cart.revision, tenders: [...this.tenders, ...cash] });
        } catch (thrown) {
            const refusal = refusalOf(thrown);
            this.#sent = OPEN_ENDED.has(refusal.code);
            // Too little is a part: it is kept, and what is left is asked for.
            if (refusal.code === "tender.short" && cash.length > 0) await this.#keep(cash);
            this.refusal = refusal;
            return null;
        } finally {
            this.busy = false;
        }
    }

    async #keep(cash: TenderGiven[]): Promise<void> {
        try {
            const tenders = [...this.tenders, ...cash];
            this.#settle(await this.#preview(tenders));
            this.tenders = tenders;
            this.typed = "";
            this.mark = START;
            await this.#offer();
        } catch {
            // It stays typed, under the refusal.
        }
    }

    async #enter(tender: TenderGiven): Promise<void> {
        const tenders = [...this.tenders, tender];
        this.#settle(await this.#preview(tenders));
        this.tenders = tenders;
        this.typed = "";
        this.mark = START;
        await this.#offer();
    }

    /** What may be taken beside all that was entered. Where the node does not say, it is what it said before, and taking too much
     * is refused. */
    async #offer(): Promise<void> {
        this.suggestions = await this.host.rpc("pay.suggest", { tenders: this.tenders }).catch(() => this.suggestions);
    }

    #settle(settlement: Settlement): void {
        this.settled = settlement;
        this.rows = settlement.paid;
    }

    /** What an offer would pay: what is typed, or all that is left. */
    paysFen(offer: Offer): Fen {
        const typed = this.#typedFen();
        if (typed !== null && offer.kind !== "points" && offer.kind !== "coupon") return typed;
        if (offer.kind === "points") return offer.worthFen;
        if (offer.kind === "coupon") return offer.coupon.saves_fen;
        return offer.kind === "card" ? Math.min(offer.availableFen, this.#restFen()) : this.#restFen();
    }

    #restFen(): Fen {
        return this.settled === null ? this.dueFen : restFen(this.settled);
    }

    #typedFen(): Fen | null {
        return this.typed === "" ? null : (fenTyped(this.typed) ?? 0);
    }

    #preview(tenders: TenderGiven[]): Promise<Settlement> {
        return this.host.rpc("pay.preview", { cart_id: this.cart.id, revision: this.cart.revision, tenders });
    }

    #showAhead(): void {
        const given = this.givenFen;
        this.ahead = null;
        if (this.#sent) return;
        if (given === null) this.#look.cancel();
        else this.#look.want([...this.tenders, { kind: "cash", given_fen: given }]);
    }

    /** One change after the other; what is refused says why and leaves all that was entered. */
    async #change(work: () => Promise<void>): Promise<void> {
        this.refusal = null;
        try {
            await this.#serial.run(work);
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            if (this.refusal.code === "cart.changed" && !this.#sent) this.paid.moved(this.refusal);
        }
        this.#showAhead();
    }
}

/** After these nobody here knows whether the sale was made. */
const OPEN_ENDED = new Set<string>(["internal", "server.unreachable", "server.busy", "server.rubbish"]);
