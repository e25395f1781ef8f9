import type { Fen } from "./Fen";
import type { SaleId } from "./SaleId";

export type SaleRow = { id: SaleId, receipt_no: string, at: number, total_fen: Fen, member_name: string | null, cashier_name: string, sent: boolean, };
