import type { DeviceId } from "./DeviceId";
import type { Stopped } from "./Stopped";
import type { StoreView } from "./StoreView";

export type DeviceView = { id: DeviceId, store: StoreView | null, till_no: number, enrolled_at: number, last_seen_at: number | null, unsent: number | null, online: boolean, revoked: boolean, stopped: Stopped | null, };
