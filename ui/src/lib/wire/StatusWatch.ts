export type StatusWatch = { seen: number, };
