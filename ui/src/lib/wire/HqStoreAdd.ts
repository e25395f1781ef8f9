export type HqStoreAdd = { code: string, name: string, };
