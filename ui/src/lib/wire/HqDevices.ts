import type { DeviceView } from "./DeviceView";

export type HqDevices = { devices: Array<DeviceView>, };
