import type { Fen } from "./Fen";
import type { MemberCard } from "./MemberCard";
import type { MemberId } from "./MemberId";
import type { NextTier } from "./NextTier";
import type { Sex } from "./Sex";
import type { StoreView } from "./StoreView";
import type { TimelineItem } from "./TimelineItem";

export type MemberPage = { card: MemberCard, sex: Sex | null, birthday: string | null, joined_at: number, joined_store: StoreView | null, visits: number, spend_fen: Fen, last_visit_at: number | null, next_tier: NextTier | null, also: Array<MemberId>, timeline: Array<TimelineItem>, next: string | null, };
