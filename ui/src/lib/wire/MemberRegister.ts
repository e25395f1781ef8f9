import type { Sex } from "./Sex";

export type MemberRegister = { phone: string, name: string | null, sex: Sex | null, birthday: string | null, card_no: string | null, };
