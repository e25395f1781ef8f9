export { Refusal, refusalOf, type CommandName, type Host } from "./host";

import { isTauri } from "@tauri-apps/api/core";
import type { Host } from "./host";
import { httpHost } from "./http";
import { tauriHost } from "./tauri";

export function thisHost(): Host {
    return isTauri() ? tauriHost : httpHost();
}
