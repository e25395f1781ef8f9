import type { Stopped } from "./Stopped";

export type Link = { "state": "no_server", } | { "state": "online", } | { "state": "offline", } | { "state": "stopped", why: Stopped, };
