import type { StoreId } from "./StoreId";

export type StoreView = { id: StoreId, code: string, name: string, };
