/// The one scanner of the window. Screens that can take a code lay a listener on top; the topmost alone hears, and what it
/// hears is a code, never keys. Screens that cannot take one lay nothing, and keys stay keys.

import { codeOf } from "$lib/keys/code";
import { ScanMachine } from "./machine";

const LATE_MS = 30;

export interface ScanListener {
    /** The box that keys go to; put back to what it held before the burst, for the code is not typing. */
    box: () => ScanBox | null;
    /** `typed` is what stood in the box before the code came, such as `3*`. */
    scanned: (text: string, typed: string) => void;
    /**
     * Shorter bursts without an ending key are typing here, as an amount is where money is entered; infinite where only a code that
     * ends with a key is one. A burst that ends with a key is never typing: its Enter would pay, or try a PIN.
     */
    least?: () => number;
}

/** A text box whose half-composed text can be dropped. */
export interface ScanBox {
    /** What it holds, without letters an input method is still composing. */
    settled: () => string;
    /** Empties it, ending a composition; the focus is where it was afterwards. */
    clear: () => void;
}

export class Scanner {
    readonly #machine = new ScanMachine();
    #listeners: ScanListener[] = [];
    #typedBefore = "";
    #timer: ReturnType<typeof setTimeout> | undefined;

    /** Lays a listener on top; returns how to take it off again. */
    listen(listener: ScanListener): () => void {
        this.#listeners = [...this.#listeners, listener];
        this.#machine.reset();
        return () => {
            this.#listeners = this.#listeners.filter((other) => other !== listener);
            this.#machine.reset();
        };
    }

    /** Sees every key of the window before anything else does. True when the key was the scanner's and is used up. */
    keydown(event: KeyboardEvent): boolean {
        const listener = this.#listeners.at(-1);
        if (listener === undefined) return false;
        const verdict = this.#machine.stroke({
            code: codeOf(event),
            shift: event.shiftKey,
            command: event.ctrlKey || event.altKey || event.metaKey,
            repeat: event.repeat,
            at: event.timeStamp,
        });
        if (verdict.kind === "begun") this.#typedBefore = listener.box()?.settled() ?? "";
        clearTimeout(this.#timer);
        if (verdict.kind === "scan") return this.#deliver(listener, verdict.text);
        this.#waitForPause();
        return false;
    }

    #waitForPause(): void {
        const waitMs = this.#machine.pauseMs + 5;
        const due = performance.now() + waitMs;
        this.#timer = setTimeout(() => {
            // When this window was busy, keys pressed long ago may still stand in line behind this timer.
            if (performance.now() - due > LATE_MS) this.#waitForPause();
            else this.#paused();
        }, waitMs);
    }

    #paused(): void {
        const listener = this.#listeners.at(-1);
        const verdict = this.#machine.pause(performance.now());
        if (verdict.kind !== "scan" || listener === undefined || verdict.text.length < (listener.least?.() ?? 0)) return;
        this.#deliver(listener, verdict.text);
    }

    #deliver(listener: ScanListener, text: string): boolean {
        listener.box()?.clear();
        listener.scanned(text, this.#typedBefore);
        return true;
    }
}
