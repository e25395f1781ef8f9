import type { HqStaffRow } from "./HqStaffRow";

export type HqStaff = { staff: Array<HqStaffRow>, };
