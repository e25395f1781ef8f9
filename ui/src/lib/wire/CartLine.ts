import type { Fen } from "./Fen";
import type { ProductId } from "./ProductId";
import type { Reason } from "./Reason";

export type CartLine = { no: number, product_id: ProductId, name: string, barcode: string, unit: string, list_price_fen: Fen, quantity_milli: number, off_fen: Fen, amount_fen: Fen, reasons: Array<Reason>, };
