export type MemberByPhone = { phone: string, };
