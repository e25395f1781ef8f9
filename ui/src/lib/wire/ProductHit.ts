import type { Fen } from "./Fen";
import type { ProductId } from "./ProductId";

export type ProductHit = { id: ProductId, name: string, barcode: string, category: string, unit: string, price_fen: Fen, };
