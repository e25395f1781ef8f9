export type SetupStart = { chain_name: string, store_name: string, store_code: string, manager_name: string, pin: string, };
