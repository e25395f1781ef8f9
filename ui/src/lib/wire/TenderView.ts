import type { Fen } from "./Fen";

export type TenderView = { "kind": "cash", given_fen: Fen, change_fen: Fen, };
