/// Stored-value cards at the counter (C3): finding one, its page, and what can be done with it.

import { Refusal, refusalOf, type Host } from "$lib/host";
import { Ledger } from "../../member/ledger.svelte";
import type { Approval } from "$wire/Approval";
import type { CardChangeTo } from "$wire/CardChangeTo";
import type { CardId } from "$wire/CardId";
import type { CardReceipt } from "$wire/CardReceipt";
import type { CardView } from "$wire/CardView";
import type { MemberCard } from "$wire/MemberCard";
import { CardPast } from "./card-past.svelte";
import { GiveBack } from "./give-back.svelte";
import { asksOn } from "../refund/asking";
import { OpenCard } from "./open-card.svelte";
import { TopUp } from "./top-up.svelte";

/** What needs only a reason, and for a new card its number. */
export type Act = "lost" | "found" | "reactivated" | "member" | "reissue";

export class Cards {
    text = $state("");
    member = $state.raw<MemberCard | null>(null);
    /** `null` before anything was looked for. */
    list = $state.raw<CardView[] | null>(null);
    at = $state(0);

    card = $state.raw<CardView | null>(null);
    ledger = $state.raw<Ledger | null>(null);
    past = $state.raw<CardPast | null>(null);

    // At most one of these stands in the right column.
    topUp = $state.raw<TopUp | null>(null);
    giveBack = $state.raw<GiveBack | null>(null);
    opening = $state.raw<OpenCard | null>(null);
    act = $state<Act | null>(null);
    /** Who gets the card. */
    to = $state.raw<MemberCard | null>(null);
    reason = $state("");
    /** Of a printed card that takes this one's place; empty for a new number. */
    newNo = $state("");
    /** Somebody who may is being asked to allow it. */
    asking = $state(false);

    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);

    constructor(private readonly host: Host) {}

    // —— finding ——

    async confirmFind(): Promise<void> {
        const text = this.text.trim();
        const card = this.list?.[this.at];
        if (text !== "") await this.find(text);
        else if (card !== undefined) this.show(card);
    }

    find(cardNo: string): Promise<void> {
        return this.#run(async () => {
            const card = await this.host.rpc("card.find", { card_no: cardNo.trim() });
            this.text = "";
            this.show(card);
        });
    }

    openById(id: CardId): Promise<void> {
        return this.#run(async () => this.show(await this.host.rpc("card.get", { card_id: id })));
    }

    ofMember(member: MemberCard): Promise<void> {
        return this.#run(async () => {
            const { cards } = await this.host.rpc("card.of_member", { member_id: member.id });
            this.text = "";
            this.member = member;
            this.list = cards;
            this.at = 0;
            const [only] = cards;
            if (cards.length === 1 && only !== undefined) this.show(only);
        });
    }

    step(by: 1 | -1): void {
        this.at = Math.max(0, Math.min(this.at + by, (this.list?.length ?? 0) - 1));
    }

    /** Puts a card's page in front. */
    show(card: CardView): void {
        const another = this.card?.card_id !== card.card_id;
        this.#hold(card);
        this.list = (this.list ?? []).map((each) => (each.card_id === card.card_id ? card : each));
        if (another) {
            this.#closePanels();
            this.past = new CardPast(this.host, card.card_id);
            this.ledger = new Ledger((after) => this.host.rpc("statement.card", { card_id: card.card_id, after }));
        }
        this.ledger?.again();
        void this.past?.follow();
    }

    /** A purchase or a top-up elsewhere arrives by sync. */
    async follow(): Promise<void> {
        const id = this.card?.card_id;
        if (id === undefined || this.busy) return;
        try {
            const card = await this.host.rpc("card.get", { card_id: id });
            if (this.card?.card_id === id) this.#hold(card);
        } catch {
            // What is shown stays; the next act says what is wrong.
        }
        this.ledger?.follow();
        await Promise.all([this.past?.follow(), this.topUp?.follow(), this.giveBack?.follow()]);
    }

    /** The card as the node has it now, under the number that it was found by: whoever gave that has seen it, and the node masks it
     * in every answer that is not to a number. */
    #hold(card: CardView): void {
        const held = this.card;
        this.card = held?.card_id === card.card_id ? { ...card, card_no: held.card_no } : card;
    }

    // —— opening a new one ——

    async open(): Promise<void> {
        if (this.opening !== null) return;
        this.#closePanels();
        this.card = null;
        const opening = new OpenCard(this.host, this.member, (card) => {
            this.opening = null;
            this.member = null;
            this.list = null;
            this.show(card);
            // Nobody opens a card to leave it empty.
            void this.beginTopUp();
        });
        this.opening = opening;
        await opening.load();
    }

    // —— doing ——

    get mayTopUp(): boolean {
        return this.card?.state === "active";
    }

    async beginTopUp(): Promise<void> {
        const card = this.card;
        if (card === null || !this.mayTopUp || this.topUp !== null) return;
        this.#closePanels();
        const topUp = new TopUp(this.host, card, (receipt) => this.#moved(receipt));
        this.topUp = topUp;
        await topUp.load();
    }

    beginGiveBack(): void {
        const card = this.card;
        if (card === null || card.state === "closed" || card.state === "replaced" || this.giveBack !== null) return;
        this.#closePanels();
        this.giveBack = new GiveBack(this.host, card, (receipt) => this.#moved(receipt));
        this.giveBack.ask();
        void this.giveBack.load();
    }

    begin(act: Act, to: MemberCard | null = null): void {
        if (this.card === null) return;
        this.#closePanels();
        this.to = to;
        this.act = act;
    }

    /** Whether this card is in a state in which the act means anything. */
    may(act: Act): boolean {
        const card = this.card;
        if (card === null) return false;
        if (act === "lost") return card.state === "active";
        if (act === "found") return card.state === "lost";
        if (act === "reactivated") return card.state === "active" && card.why_not === "card.expired";
        return card.state === "active" || card.state === "lost";
    }

    async doIt(approval: Approval | null = null): Promise<void> {
        const { act, card, to } = this;
        if (act === null || card === null) return;
        // Whether a reason is needed, and somebody who allows it, the node says.
        const reason = this.reason.trim();
        await this.#run(async () => {
            this.show(act === "reissue" ? await this.#reissue(card, reason, approval) : await this.#change(card, act, to, reason, approval));
            this.#closePanels();
        });
        const code = this.refusal?.code;
        if (code === "approval.needed" && !this.asking) {
            this.asking = true;
            this.refusal = null;
        } else this.asking &&= asksOn(code);
    }

    /** Nobody allowed it. */
    unasked(): void {
        this.asking = false;
        this.refusal = null;
    }

    async #change(card: CardView, act: Exclude<Act, "reissue">, to: MemberCard | null, reason: string, approval: Approval | null): Promise<CardView> {
        if (act === "member" && to === null) throw new Refusal("card.member_needed");
        const change: CardChangeTo = act === "member" ? { to: "member", member_id: to?.id ?? "" } : { to: act };
        return await this.host.rpc("card.change", { card_id: card.card_id, change, reason, approval });
    }

    async #reissue(card: CardView, reason: string, approval: Approval | null): Promise<CardView> {
        this.#newId ??= (await this.host.rpc("card.ids", {})).card_id;
        const no = this.newNo.trim();
        return await this.host.rpc("card.reissue", { card_id: card.card_id, new_card_id: this.#newId, card_no: no === "" ? null : no, reason, approval });
    }

    /** The card to come, so that sending it twice makes one. */
    #newId: CardId | null = null;

    /** Esc: one step back. `false` when there is none left here. */
    back(): boolean {
        this.refusal = null;
        if (this.topUp?.back() === true) return true;
        if (this.hasPanel) this.#closePanels();
        else if (this.card !== null) this.#leave();
        else return false;
        return true;
    }

    get hasPanel(): boolean {
        return this.topUp !== null || this.giveBack !== null || this.opening !== null || this.act !== null;
    }

    #leave(): void {
        this.card = null;
        this.ledger = null;
        this.past = null;
    }

    #closePanels(): void {
        this.topUp = null;
        this.giveBack = null;
        this.opening = null;
        this.act = null;
        this.to = null;
        this.reason = "";
        this.newNo = "";
        this.#newId = null;
        this.asking = false;
        this.refusal = null;
    }

    #moved(receipt: CardReceipt): void {
        this.#hold(receipt.card);
        this.ledger?.again();
        void this.past?.follow();
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
