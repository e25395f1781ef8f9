export type EnrolCode = { code: string, expires_at: number, };
