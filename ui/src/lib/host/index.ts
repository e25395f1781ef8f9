export { Refusal, refusalOf, type CommandName, type Host } from "./host";

import { isTauri } from "@tauri-apps/api/core";
import type { Host } from "./host";
import { httpHost } from "./http";
import { tauriHost } from "./tauri";

/** Whether these screens stand in a till's own window. */
export function inWindow(): boolean {
    return isTauri();
}

export function thisHost(): Host {
    return inWindow() ? tauriHost : httpHost();
}
