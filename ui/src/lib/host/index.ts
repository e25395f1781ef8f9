export { Refusal, refusalOf, type CommandName, type Host } from "./host";

import { isTauri } from "@tauri-apps/api/core";
import { askedEarly } from "./early";
import type { Host } from "./host";
import { httpHost } from "./http";
import { tauriHost } from "./tauri";

/** Whether these screens stand in a till's own window. */
export function inWindow(): boolean {
    return isTauri();
}

export function thisHost(): Host {
    // A window is a till's: what its first screen shows is asked for while the screen is still on its way.
    return inWindow() ? askedEarly(tauriHost, ["status.get", "session.staff"]) : httpHost();
}
