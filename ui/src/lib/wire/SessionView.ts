import type { Permission } from "./Permission";
import type { StaffView } from "./StaffView";

export type SessionView = { staff: StaffView | null, permissions: Array<Permission>, };
