import type { CartLine } from "./CartLine";
import type { Fen } from "./Fen";
import type { SaleId } from "./SaleId";
import type { SaleMember } from "./SaleMember";
import type { StaffView } from "./StaffView";
import type { StoreView } from "./StoreView";
import type { TenderView } from "./TenderView";
import type { Totals } from "./Totals";

export type SaleView = { id: SaleId, receipt_no: string, at: number, day: string, store: StoreView, cashier: StaffView, lines: Array<CartLine> | null, totals: Totals, tenders: Array<TenderView>, change_fen: Fen, member: SaleMember | null, sent: boolean, };
