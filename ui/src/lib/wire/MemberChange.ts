import type { MemberId } from "./MemberId";
import type { Sex } from "./Sex";

export type MemberChange = { id: MemberId, name: string | null, sex: Sex | null, birthday: string | null, card_no: string | null, };
