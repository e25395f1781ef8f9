export type VerifyReport = { ok: boolean, operations: number, digest: string, at_seq: number | null, agrees_with_server: boolean | null, differing: Array<string>, };
