import type { StaffView } from "./StaffView";
import type { StoreView } from "./StoreView";

export type StaffList = { store: StoreView, staff: Array<StaffView>, };
