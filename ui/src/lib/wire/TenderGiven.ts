import type { Fen } from "./Fen";

export type TenderGiven = { "kind": "cash", given_fen: Fen, };
