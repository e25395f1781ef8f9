import type { NodeState } from "./NodeState";
import type { SessionView } from "./SessionView";
import type { StoreView } from "./StoreView";
import type { SyncView } from "./SyncView";

export type StatusView = { version: number, node: NodeState, chain_name: string | null, store: StoreView | null, till_no: number | null, session: SessionView, sync: SyncView, now: number, demo: boolean, };
