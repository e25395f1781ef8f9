import type { Role } from "./Role";
import type { StoreId } from "./StoreId";

export type HqStaffAdd = { name: string, role: Role, store_id: StoreId, pin: string, };
