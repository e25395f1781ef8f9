import type { SaleId } from "./SaleId";
import type { TenderGiven } from "./TenderGiven";

export type Pay = { cart_id: SaleId, revision: number, tenders: Array<TenderGiven>, };
