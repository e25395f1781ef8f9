import type { StoreId } from "./StoreId";

export type HqSales = { store_id: StoreId, day: string | null, after: string | null, };
