import type { Fen } from "./Fen";
import type { Points } from "./Points";

export type Totals = { quantity_milli: number, goods_fen: Fen, off_fen: Fen, due_fen: Fen, points_earned: Points, };
