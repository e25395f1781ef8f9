import type { Role } from "./Role";
import type { StaffId } from "./StaffId";
import type { StoreView } from "./StoreView";

export type HqStaffRow = { id: StaffId, name: string, role: Role, store: StoreView | null, active: boolean, };
