import type { MemberId } from "./MemberId";

export type MemberGet = { id: MemberId, after: string | null, };
