import type { StoreView } from "./StoreView";

export type HqStores = { stores: Array<StoreView>, };
