export type TodayPage = { after: string | null, };
