/// The first answers, asked for before anything is drawn: the screens that want them find them under way.

import type { CommandName, Host } from "./host";

/** Asks each of these commands at once, with an empty request; the first who asks the same gets that answer. A refusal is
 * not kept: who asks after one asks anew. */
export function askedEarly(host: Host, names: readonly CommandName[]): Host {
    const early = new Map<CommandName, Promise<unknown>>();
    for (const name of names) {
        const asked = host.rpc(name, {} as never);
        asked.catch(() => early.delete(name));
        early.set(name, asked);
    }
    return {
        rpc(name, request) {
            const asked = Object.keys(request).length === 0 ? early.get(name) : undefined;
            if (asked === undefined) return host.rpc(name, request);
            early.delete(name);
            return asked.catch(() => host.rpc(name, request)) as ReturnType<typeof host.rpc<typeof name>>;
        },
    };
}
