import type { Fen } from "./Fen";

export type CashSuggestions = { given_fen: Array<Fen>, };
