export type SetupJoin = { code: string, };
