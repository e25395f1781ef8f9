import type { Fen } from "./Fen";

export type NextTier = { name: string, missing_fen: Fen, };
