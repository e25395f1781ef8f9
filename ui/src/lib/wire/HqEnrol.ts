import type { StoreId } from "./StoreId";

export type HqEnrol = { store_id: StoreId, };
