import type { FoundBy } from "./FoundBy";
import type { MemberCard } from "./MemberCard";

export type MemberHit = { member: MemberCard, found_by: FoundBy, };
