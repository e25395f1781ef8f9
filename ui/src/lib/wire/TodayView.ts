import type { Fen } from "./Fen";
import type { SaleRow } from "./SaleRow";

export type TodayView = { day: string, count: number, total_fen: Fen, member_count: number, sales: Array<SaleRow>, next: string | null, };
