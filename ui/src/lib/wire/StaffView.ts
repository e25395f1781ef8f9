import type { Role } from "./Role";
import type { StaffId } from "./StaffId";

export type StaffView = { id: StaffId, name: string, role: Role, };
