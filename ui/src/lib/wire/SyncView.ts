import type { Link } from "./Link";

export type SyncView = { link: Link, unsent: number, last_met_at: number | null, server: string | null, behind: number | null, clock_ahead_ms: number | null, };
