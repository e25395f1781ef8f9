/// Goods that come back against a sale (A4): finding the sale, choosing lines and how many of each, what that gives, and
/// giving it. The node says what may come back and what it is worth; nothing here counts money.

import { Refusal, refusalOf, type Host } from "$lib/host";
import { Latest } from "$lib/queue";
import { milliTyped } from "$lib/words/figures";
import type { Approval } from "$wire/Approval";
import type { MemberCard } from "$wire/MemberCard";
import type { RefundableLine } from "$wire/RefundableLine";
import type { RefundableSale } from "$wire/RefundableSale";
import type { RefundDone } from "$wire/RefundDone";
import type { RefundLine } from "$wire/RefundLine";
import type { RefundOf } from "$wire/RefundOf";
import type { RefundQuote } from "$wire/RefundQuote";
import type { RefundView } from "$wire/RefundView";
import type { SaleId } from "$wire/SaleId";
import { asksOn } from "./asking";

const PIECE = 1000;

export class Refunding {
    // —— finding ——
    text = $state("");
    member = $state.raw<MemberCard | null>(null);
    /** `null` before anything was looked for. */
    sales = $state.raw<RefundableSale[] | null>(null);
    at = $state(0);
    // —— choosing ——
    view = $state.raw<RefundView | null>(null);
    lineAt = $state(0);
    /** Thousandths that come back, by line number. */
    chosen = $state.raw<Readonly<Record<number, number>>>({});
    /** A quantity being typed for the line that is looked at. */
    typed = $state("");
    quote = $state.raw<RefundQuote | null>(null);
    reason = $state("");
    // —— giving ——
    done = $state.raw<RefundDone | null>(null);
    /** What somebody with the right to it has to allow. */
    asking = $state<"pay" | "exchange" | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    busy = $state(false);

    readonly #look: Latest<RefundLine[], RefundQuote>;

    constructor(
        private readonly host: Host,
        private readonly exchanged: () => void,
    ) {
        this.#look = new Latest(
            (lines) => host.rpc("refund.quote", { sale_id: this.view?.sale.id ?? "", lines }),
            (_, quote) => (this.quote = quote),
            (_, thrown) => {
                this.quote = null;
                this.refusal = refusalOf(thrown);
            },
        );
    }

    get stage(): "find" | "lines" | "done" {
        return this.done !== null ? "done" : this.view !== null ? "lines" : "find";
    }

    // —— finding ——

    /** Enter in the box, or a scan: a receipt's number. With an empty box it opens the sale that is looked at. */
    async confirmFind(): Promise<void> {
        const text = this.text.trim();
        const sale = this.sales?.[this.at];
        if (text === "") return sale === undefined ? undefined : this.open(sale.sale_id);
        await this.find(text);
    }

    find(text: string): Promise<void> {
        return this.#run(async () => {
            const { sales } = await this.host.rpc("refund.find", { text, member_id: null });
            this.#found(null, sales);
            if (sales.length === 0) throw new Refusal("sale.unknown");
            this.text = "";
            const [only] = sales;
            if (sales.length === 1 && only !== undefined) await this.#start(only.sale_id);
        });
    }

    ofMember(member: MemberCard): Promise<void> {
        return this.#run(async () => {
            const { sales } = await this.host.rpc("refund.find", { text: null, member_id: member.id });
            this.text = "";
            this.#found(member, sales);
        });
    }

    open(id: SaleId): Promise<void> {
        return this.#run(() => this.#start(id));
    }

    step(by: 1 | -1): void {
        this.at = clamp(this.at + by, this.sales?.length ?? 0);
    }

    #found(member: MemberCard | null, sales: RefundableSale[]): void {
        this.member = member;
        this.sales = sales;
        this.at = 0;
    }

    async #start(id: SaleId): Promise<void> {
        this.#show(await this.host.rpc("refund.start", { sale_id: id }), {});
        this.reason = "";
    }

    #show(view: RefundView, chosen: Readonly<Record<number, number>>): void {
        this.view = view;
        this.done = null;
        this.typed = "";
        this.lineAt = clamp(this.lineAt, view.lines.length);
        this.chosen = chosen;
        this.#ask();
    }

    // —— choosing ——

    get line(): RefundableLine | null {
        return this.view?.lines[this.lineAt] ?? null;
    }

    get lines(): RefundLine[] {
        return Object.entries(this.chosen).map(([no, quantity_milli]) => ({ no: Number(no), quantity_milli }));
    }

    get allChosen(): boolean {
        const lines = this.view?.lines ?? [];
        return lines.some((line) => line.left_milli > 0) && lines.every((line) => (this.chosen[line.no] ?? 0) === line.left_milli);
    }

    stepLine(by: 1 | -1): void {
        this.typed = "";
        this.lineAt = clamp(this.lineAt + by, this.view?.lines.length ?? 0);
    }

    pick(no: number): void {
        this.typed = "";
        this.lineAt = Math.max(0, this.view?.lines.findIndex((line) => line.no === no) ?? 0);
    }

    /** One more, or one fewer; less than one of what is weighed is taken whole. */
    change(by: 1 | -1, line: RefundableLine | null = this.line): void {
        if (line === null) return;
        this.typed = "";
        this.pick(line.no);
        const now = this.chosen[line.no] ?? 0;
        this.#choose(line.no, Math.min(Math.max(now + by * PIECE, 0), line.left_milli));
    }

    /** All that is left of everything, or nothing again. */
    all(): void {
        const lines = this.allChosen ? [] : (this.view?.lines ?? []);
        this.typed = "";
        this.refusal = null;
        this.chosen = Object.fromEntries(lines.filter((line) => line.left_milli > 0).map((line) => [line.no, line.left_milli]));
        this.#ask();
    }

    /** A digit or a point: the quantity of the line that is looked at. */
    key(character: string): boolean {
        const line = this.line;
        if (!/^[\d.]$/.test(character) || line === null) return false;
        const milli = milliTyped(this.typed + character);
        if (milli === null && !(this.typed + character).startsWith(".")) return true;
        this.typed += character;
        this.#typedQuantity(line, milli ?? 0);
        return true;
    }

    erase(): boolean {
        const line = this.line;
        if (this.typed === "" || line === null) return false;
        this.typed = this.typed.slice(0, -1);
        this.#typedQuantity(line, milliTyped(this.typed) ?? 0);
        return true;
    }

    /** A scan of goods: one more of the first line of theirs that has some left. */
    scanned(code: string): void {
        const view = this.view;
        const numbers = (view?.sale.lines ?? []).filter((line) => line.barcode === code).map((line) => line.no);
        const lines = (view?.lines ?? []).filter((line) => numbers.includes(line.no));
        const line = lines.find((each) => (this.chosen[each.no] ?? 0) < each.left_milli);
        if (line !== undefined) this.change(1, line);
        else this.refusal = new Refusal(lines.length === 0 ? "barcode.unknown" : "refund.too_much");
    }

    #typedQuantity(line: RefundableLine, milli: number): void {
        if (milli <= line.left_milli) return this.#choose(line.no, milli);
        this.typed = "";
        this.#choose(line.no, 0);
        this.refusal = new Refusal("refund.too_much");
    }

    #choose(no: number, milli: number): void {
        const rest = Object.fromEntries(Object.entries(this.chosen).filter(([other]) => Number(other) !== no));
        this.chosen = milli === 0 ? rest : { ...rest, [no]: milli };
        this.refusal = null;
        this.#ask();
    }

    #ask(): void {
        const lines = this.lines;
        if (lines.length > 0) return this.#look.want(lines);
        this.#look.cancel();
        this.quote = null;
    }

    // —— giving ——

    /** Enter. `false` when the reason is missing, so that the screen can ask for it. */
    async pay(approval: Approval | null = null): Promise<boolean> {
        const of = await this.#of(approval);
        const shown = this.quote;
        if (of === null || shown === null) return this.refusal?.code !== "reason.needed";
        await this.#give("pay", async () => {
            this.done = await this.host.rpc("refund.pay", { of, shown });
        });
        return true;
    }

    /** 换货: what comes back lies on the cart, and the next goods are paid with it. */
    async exchange(approval: Approval | null = null): Promise<boolean> {
        const of = await this.#of(approval);
        if (of === null) return this.refusal?.code !== "reason.needed";
        await this.#give("exchange", async () => {
            const { member } = await this.host.rpc("cart.exchange", { exchange: of });
            if (member === null) await this.#bringMember();
            this.exchanged();
        });
        return true;
    }

    /** Whoever bought the goods takes the new ones at their own price, and earns on them; a cart with a member keeps it. */
    async #bringMember(): Promise<void> {
        const buyer = this.view?.sale.member;
        if (buyer == null) return;
        try {
            await this.host.rpc("cart.member", { member_id: buyer.id, said: null });
        } catch {
            // The goods lie on the cart all the same, and it shows that nobody is on it.
        }
    }

    async approved(approval: Approval): Promise<void> {
        if (this.asking === "pay") await this.pay(approval);
        else if (this.asking === "exchange") await this.exchange(approval);
    }

    /** Nobody allowed it. */
    unasked(): void {
        this.asking = null;
        this.refusal = null;
    }

    /** Esc: one step back. `false` when there is none left here. */
    back(): boolean {
        if (this.stage === "find") return false;
        this.view = null;
        this.done = null;
        this.quote = null;
        this.asking = null;
        this.refusal = null;
        this.#look.cancel();
        return true;
    }

    async #of(approval: Approval | null): Promise<RefundOf | null> {
        const view = this.view;
        if (view === null || this.busy) return null;
        this.refusal = this.lines.length === 0 ? new Refusal("refund.nothing") : this.reason.trim() === "" ? new Refusal("reason.needed") : null;
        if (this.refusal !== null) return null;
        await this.#look.settled();
        // What could not be worked out is asked once more, and says again why not.
        if (this.quote === null) this.#look.want(this.lines);
        await this.#look.settled();
        if (this.quote === null) return null;
        return { refund_id: view.refund_id, sale_id: view.sale.id, lines: this.lines, reason: this.reason.trim(), approval };
    }

    async #give(what: "pay" | "exchange", work: () => Promise<void>): Promise<void> {
        await this.#run(work);
        const code = this.refusal?.code;
        if (code === "approval.needed" && this.asking === null) {
            this.refusal = null;
            this.asking = what;
            return;
        }
        if (!asksOn(code)) this.asking = null;
        if (code === "cart.changed" || code === "refund.too_much") {
            await this.#again();
        }
    }

    /** Something of the sale came back meanwhile: shows what is left now and keeps what of the choice still holds. */
    async #again(): Promise<void> {
        const refusal = this.refusal;
        const id = this.view?.sale.id;
        if (id === undefined) return;
        await this.#run(async () => {
            const view = await this.host.rpc("refund.start", { sale_id: id });
            const kept = view.lines.map((line) => [line.no, Math.min(this.chosen[line.no] ?? 0, line.left_milli)] as const);
            this.#show(view, Object.fromEntries(kept.filter(([, milli]) => milli > 0)));
        });
        this.refusal ??= refusal;
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

function clamp(at: number, count: number): number {
    return Math.max(0, Math.min(at, count - 1));
}
