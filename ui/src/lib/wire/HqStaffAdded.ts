import type { StaffId } from "./StaffId";

export type HqStaffAdded = { id: StaffId, };
