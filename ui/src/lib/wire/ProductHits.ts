import type { ProductHit } from "./ProductHit";

export type ProductHits = { products: Array<ProductHit>, };
