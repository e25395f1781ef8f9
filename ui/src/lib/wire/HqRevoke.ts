import type { DeviceId } from "./DeviceId";

export type HqRevoke = { device_id: DeviceId, reason: string, };
