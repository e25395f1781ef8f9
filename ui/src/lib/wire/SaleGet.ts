import type { SaleId } from "./SaleId";

export type SaleGet = { id: SaleId, };
