import type { MemberId } from "./MemberId";

export type CartSetMember = { member_id: MemberId | null, };
