/** Where not every offer was weighed, the cashier reads so: while the cart is open, and on the paid sale. */

import { render } from "svelte/server";
import { describe, expect, it } from "vitest";
import { m } from "$lib/paraglide/messages";
import type { SaleView } from "$wire/SaleView";
import type { Totals } from "$wire/Totals";
import DoneColumn from "./DoneColumn.svelte";
import TotalsPane from "./TotalsPane.svelte";

const totals: Totals = { quantity_milli: 2000, goods_fen: 11_980, off_fen: 980, added_tax_fen: 0, due_fen: 11_000, points_earned: 0 };

const sale = (unproved: boolean): SaleView => ({
    id: "s1", receipt_no: "01-000001", at: 0, day: "2026-06-01", store: { id: "a", code: "01", name: "总店" }, cashier: { id: "c", name: "小林", role: "cashier" },
    lines: [], totals, tenders: [], change_fen: 0, rounding_fen: 0, taxes: [], refunds: [], exchanged: null, member: null, gifts: [], unproved, sent: true,
});

const shown = (unproved: boolean) => ({
    pane: render(TotalsPane, { props: { totals, taxes: [], hasMember: false, unproved } }).body,
    done: render(DoneColumn, { props: { sale: sale(unproved), onnext: () => undefined } }).body,
});

describe("a price that was not weighed to the end", () => {
    it("says so above what is due, and on the done screen", () => {
        const { pane, done } = shown(true);
        expect(pane).toContain(m["totals.unproved"]());
        expect(done).toContain(m["sale.unproved"]());
    });

    it("is not spoken of where every offer was weighed", () => {
        const { pane, done } = shown(false);
        expect(pane).not.toContain('data-testid="unproved"');
        expect(done).not.toContain('data-testid="done-unproved"');
        expect(pane).toContain('data-testid="total-due"');
        expect(done).toContain('data-testid="done-due"');
    });
});
