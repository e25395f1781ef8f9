import type { Fen } from "./Fen";
import type { Points } from "./Points";
import type { SaleId } from "./SaleId";
import type { StoreView } from "./StoreView";

export type TimelineItem = { sale_id: SaleId, receipt_no: string, at: number, store: StoreView, amount_fen: Fen, points: Points, goods: Array<string> | null, line_count: number, };
