export type HqDay = { day: string | null, };
