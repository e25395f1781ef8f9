/// A browser: the same commands posted to whoever served this page. The session is a cookie; the `x-hefu` header makes
/// a request from another page's form impossible.

import type { Commands } from "$wire/commands";
import { Refusal, refusalOf, type CommandName, type Host } from "./host";

type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export function httpHost(send: Fetch = (input, init) => globalThis.fetch(input, init)): Host {
    return {
        async rpc<C extends CommandName>(name: C, request: Commands[C]["request"]): Promise<Commands[C]["reply"]> {
            const response = await post(send, `/rpc/${name}`, JSON.stringify(request));
            let body: unknown;
            try {
                body = await response.json();
            } catch {
                // A page of a proxy in between, or a connection cut half-way: nobody we know answered.
                throw new Refusal(response.ok ? "server.rubbish" : "server.unreachable");
            }
            if (!response.ok) throw refusalOf(body);
            return body as Commands[C]["reply"];
        },
    };
}

async function post(send: Fetch, url: string, body: string): Promise<Response> {
    try {
        return await send(url, {
            method: "POST",
            credentials: "same-origin",
            cache: "no-store",
            headers: { "content-type": "application/json", "x-hefu": "1" },
            body,
        });
    } catch {
        throw new Refusal("server.unreachable");
    }
}
