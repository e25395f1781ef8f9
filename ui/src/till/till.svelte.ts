/// The till's window after sign-in: which screen is in front, which dialog is open, and where a scanned code goes.

import type { Host } from "$lib/host";
import type { StatusStore } from "$lib/status.svelte";
import type { CardId } from "$wire/CardId";
import type { MemberCard } from "$wire/MemberCard";
import type { MemberId } from "$wire/MemberId";
import type { SaleId } from "$wire/SaleId";
import { Cashier, type Unpaid } from "./cashier/cashier.svelte";

export type View = "home" | "today" | "member" | "refund" | "cards";

/** What a screen is opened at: a sale to refund from, a card, or a member's. */
export interface Opened {
    saleId?: SaleId;
    cardId?: CardId;
    member?: MemberCard;
}

export class Till {
    view = $state<View>("home");
    memberId = $state<MemberId | null>(null);
    dialog = $state<"none" | "help" | "sync" | "staff" | "own_pin" | "members">("none");
    /** What stood in the box when the member dialog was called: digits of a phone, perhaps. */
    memberText = $state("");
    /** Whom this till registered last; the card says so. */
    registeredId = $state<MemberId | null>(null);
    cashier = $state.raw<Cashier | null>(null);
    /** What lay unpaid on the counter when the session ended: it ended with it. */
    lost = $state<Unpaid | null>(null);
    /** What the refund or the card screen begins with; another object is another beginning. */
    opened = $state.raw<Opened>({});
    /** Who asked for a member, where it is not for the cart. */
    asking = $state.raw<((member: MemberCard) => void) | null>(null);

    constructor(
        private readonly host: Host,
        private readonly status: StatusStore,
    ) {}

    get selling(): boolean {
        return this.status.view?.node === "till" && this.status.may("sell");
    }

    /** Somebody signed in, or out. Each session has its own cart and begins at the box. */
    begin(signedIn: boolean): void {
        this.lost = signedIn ? null : (this.cashier?.unpaid ?? this.lost);
        this.view = "home";
        this.closeDialog();
        this.memberId = null;
        this.cashier = signedIn && this.selling ? new Cashier(this.host) : null;
        void this.cashier?.cart.load();
    }

    // —— where to ——

    goHome(): void {
        const left = this.view;
        this.view = "home";
        this.closeDialog();
        this.cashier?.leavePayment();
        // What was done on the way is on the cart too: a top-up or a coupon in what its member has, goods that come back.
        if (left !== "home" && this.cashier?.face === "cart") void this.cashier.cart.load();
        const box = this.cashier?.box.element;
        box?.focus();
        box?.select();
    }

    openToday(): void {
        if (this.status.may("see_sales")) this.view = "today";
    }

    openMember(id: MemberId): void {
        this.memberId = id;
        this.view = "member";
        this.closeDialog();
    }

    get mayRefund(): boolean {
        return this.selling && this.status.may("see_sales");
    }

    get mayServeCards(): boolean {
        return this.selling && this.status.may("serve_cards");
    }

    /** F7. While the customer is paying, the payment comes first. */
    openRefund(at: Opened = this.#ofCart()): void {
        if (!this.mayRefund || this.cashier?.face === "pay") return;
        this.#open("refund", at);
    }

    /** F9. */
    openCards(at: Opened = this.#ofCart()): void {
        if (!this.mayServeCards || this.cashier?.face === "pay") return;
        this.#open("cards", at);
    }

    #ofCart(): Opened {
        const member = this.view === "home" ? this.cashier?.cart.view?.member : null;
        return member == null ? {} : { member };
    }

    #open(view: View, at: Opened): void {
        this.opened = at;
        this.view = view;
        this.closeDialog();
    }

    /** Goods that come back lie on the cart now: on with the new ones. */
    exchanged(): void {
        if (this.cashier?.face === "done") this.cashier.next();
        this.goHome();
    }

    toggleHelp(): void {
        this.dialog = this.dialog === "help" ? "none" : "help";
    }

    openSync(): void {
        this.dialog = "sync";
    }

    /** Colleagues are taken on here only where no head office does. */
    get mayManageStaff(): boolean {
        return this.status.view?.sync.link.state === "no_server" && this.status.may("manage_store_staff");
    }

    openStaff(): void {
        if (this.mayManageStaff) this.dialog = "staff";
    }

    /** Not where the till writes no more. */
    get mayChangePin(): boolean {
        return this.status.view?.node === "till" && this.status.view.session.staff !== null;
    }

    openOwnPin(): void {
        if (this.mayChangePin) this.dialog = "own_pin";
    }

    closeDialog(): void {
        this.dialog = "none";
        this.asking = null;
    }

    /** A screen that needs a member for itself, not for the cart. */
    askMember(then: (member: MemberCard) => void): void {
        if (!this.status.may("find_members")) return;
        this.memberText = "";
        this.asking = then;
        this.dialog = "members";
    }

    /** F3 and `/`: the member of this sale, or finding one. */
    member(): void {
        const member = this.cashier?.cart.view?.member ?? null;
        const typed = this.cashier?.box.text ?? "";
        if (member !== null && this.view === "home" && typed === "" && this.cashier?.face === "cart") this.openMember(member.id);
        else this.findMember();
    }

    findMember(): void {
        if (!this.status.may("find_members")) return;
        this.memberText = this.view === "home" ? (this.cashier?.box.text.trim() ?? "") : "";
        this.cashier?.box.clear();
        this.asking = null;
        this.dialog = "members";
    }

    // —— what comes back ——

    picked(member: MemberCard, created: boolean, said: string): void {
        this.registeredId = created ? member.id : this.registeredId;
        const asking = this.asking;
        if (asking !== null) {
            this.closeDialog();
            return asking(member);
        }
        const cashier = this.cashier;
        if (cashier === null) return this.openMember(member.id);
        this.view = "home";
        this.dialog = "none";
        if (cashier.face === "done") cashier.next();
        void cashier.cart.setMember(member.id, said);
    }

    takeOffMember(): void {
        this.dialog = "none";
        void this.cashier?.cart.setMember(null);
    }

    /** A code means goods wherever nothing else asks for one, and brings the cashier back to the cart. */
    scanned(code: string, typed: string): void {
        if (this.cashier === null) return;
        this.view = "home";
        this.dialog = "none";
        this.cashier.scanned(code, typed);
    }

    async signOut(): Promise<void> {
        try {
            this.status.takeSession(await this.host.rpc("session.sign_out", {}));
        } catch {
            await this.status.refresh();
        }
    }
}
