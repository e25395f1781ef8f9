import type { ProductId } from "./ProductId";

export type CartAdd = { product_id: ProductId, quantity_milli: number, };
