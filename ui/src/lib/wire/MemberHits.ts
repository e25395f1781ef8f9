import type { MemberHit } from "./MemberHit";

export type MemberHits = { hits: Array<MemberHit>, more: boolean, };
