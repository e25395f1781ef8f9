import type { Fen } from "./Fen";

export type Reason = { label: string, off_fen: Fen, };
