import type { MemberId } from "./MemberId";
import type { Points } from "./Points";

export type SaleMember = { id: MemberId, name: string, phone: string, points: Points, };
