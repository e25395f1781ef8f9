import type { MemberId } from "./MemberId";
import type { Points } from "./Points";

export type MemberCard = { id: MemberId, name: string, phone: string, card_no: string | null, tier: string, points: Points, full: boolean, };
