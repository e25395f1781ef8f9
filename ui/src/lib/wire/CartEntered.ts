import type { CartView } from "./CartView";
import type { ProductHit } from "./ProductHit";

export type CartEntered = { "outcome": "added", line_no: number, cart: CartView, } | { "outcome": "choose", quantity_milli: number, products: Array<ProductHit>, };
