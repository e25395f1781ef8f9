import type { StaffId } from "./StaffId";

export type PinSignIn = { staff_id: StaffId, pin: string, };
