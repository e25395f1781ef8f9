import type { Fen } from "./Fen";

export type StoreFigures = { sales: number, amount_fen: Fen, member_sales: number, };
