/// The till's window: one `rpc` command, JSON text both ways.

import { invoke } from "@tauri-apps/api/core";
import type { Commands } from "$wire/commands";
import { refusalOf, type CommandName, type Host } from "./host";

export const tauriHost: Host = {
    async rpc<C extends CommandName>(name: C, request: Commands[C]["request"]): Promise<Commands[C]["reply"]> {
        try {
            const reply = await invoke<string>("rpc", { name, body: JSON.stringify(request) });
            return JSON.parse(reply) as Commands[C]["reply"];
        } catch (thrown) {
            throw refusalOf(thrown);
        }
    },
};
