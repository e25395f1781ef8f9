import type { MemberCard } from "./MemberCard";

export type MemberRegistered = { member: MemberCard, created: boolean, };
