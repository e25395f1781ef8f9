/// What every screen is given: the way out, what the node says of itself, the keyboard and the scanner. Passed down the
/// tree, so that nothing is global and a test can hand in its own.

import { createContext } from "svelte";
import type { Host } from "./host";
import { Keyboard } from "./keys/keyboard";
import { Scanner } from "./scanner/scanner";
import { StatusStore } from "./status.svelte";

export interface App {
    host: Host;
    status: StatusStore;
    keyboard: Keyboard;
    scanner: Scanner;
}

export const [getApp, setApp] = createContext<App>();

/** The app around a host. A session that ended in between is noticed here, once, whoever asked. */
export function makeApp(bare: Host): App {
    const host: Host = {
        async rpc(name, request) {
            try {
                return await bare.rpc(name, request);
            } catch (thrown) {
                if ((thrown as { code?: unknown }).code === "sign_in.needed" && name !== "status.get") void status.refresh();
                throw thrown;
            }
        },
    };
    const status = new StatusStore(bare);
    return { host, status, keyboard: new Keyboard(), scanner: new Scanner() };
}

/** Gives the window's keys to the scanner first, then to the keymap; what neither wants is typing. */
export function listenToKeys(app: App, target: Window): () => void {
    const onKeydown = (event: KeyboardEvent) => {
        if (app.scanner.keydown(event) || app.keyboard.keydown(event)) {
            event.preventDefault();
            event.stopPropagation();
        } else {
            app.keyboard.focusHome(event);
        }
    };
    target.addEventListener("keydown", onKeydown, { capture: true });
    return () => target.removeEventListener("keydown", onKeydown, { capture: true });
}
