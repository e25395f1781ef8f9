/// The till's window after sign-in: which screen is in front, which dialog is open, and where a scanned code goes.

import type { Host } from "$lib/host";
import type { StatusStore } from "$lib/status.svelte";
import type { MemberCard } from "$wire/MemberCard";
import type { MemberId } from "$wire/MemberId";
import { Cashier } from "./cashier/cashier.svelte";

export type View = "home" | "today" | "member";

export class Till {
    view = $state<View>("home");
    memberId = $state<MemberId | null>(null);
    dialog = $state<"none" | "help" | "sync" | "members">("none");
    /** What stood in the box when the member dialog was called: digits of a phone, perhaps. */
    memberText = $state("");
    /** Whom this till registered last; the card says so. */
    registeredId = $state<MemberId | null>(null);
    cashier = $state.raw<Cashier | null>(null);

    constructor(
        private readonly host: Host,
        private readonly status: StatusStore,
    ) {}

    get selling(): boolean {
        return this.status.view?.node === "till" && this.status.may("sell");
    }

    /** Somebody signed in, or out. Each session has its own cart and begins at the box. */
    begin(signedIn: boolean): void {
        this.view = "home";
        this.dialog = "none";
        this.memberId = null;
        this.cashier = signedIn && this.selling ? new Cashier(this.host) : null;
        void this.cashier?.cart.load();
    }

    // —— where to ——

    goHome(): void {
        this.view = "home";
        this.dialog = "none";
        this.cashier?.leavePayment();
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
        this.dialog = "none";
    }

    toggleHelp(): void {
        this.dialog = this.dialog === "help" ? "none" : "help";
    }

    openSync(): void {
        this.dialog = "sync";
    }

    closeDialog(): void {
        this.dialog = "none";
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
        this.dialog = "members";
    }

    // —— what comes back ——

    picked(member: MemberCard, created: boolean): void {
        this.registeredId = created ? member.id : this.registeredId;
        const cashier = this.cashier;
        if (cashier === null) return this.openMember(member.id);
        this.view = "home";
        this.dialog = "none";
        if (cashier.face === "done") cashier.next();
        void cashier.cart.setMember(member.id);
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
