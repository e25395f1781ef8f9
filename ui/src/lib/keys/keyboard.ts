/// Who gets a key. Screens and dialogs lay layers; the topmost that binds the key has it. A modal layer stops the search,
/// so that nothing below a dialog acts.

import { characterOf } from "$lib/scanner/machine";
import { codeOf } from "./code";
import { KEYMAP, type Action, type Context } from "./keymap";

/** Answers `false` when the key is not for it after all; any other answer uses the key up. It is told which of its keys
 * was pressed. */
export type Act = (chord: string) => unknown;

export interface Layer {
    context: Context;
    actions: Partial<Record<Action, Act>>;
    /** Takes characters by the place of their key, for pads that have no text box. `false` lets one through. */
    character?: (character: string) => unknown;
    /** Where typing goes when nothing else has the focus. */
    home?: () => HTMLElement | null;
    modal?: boolean;
}

type Press = Pick<KeyboardEvent, "code" | "key" | "location" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "isComposing" | "keyCode" | "target">;

export class Keyboard {
    #layers: Layer[] = [];

    lay(layer: Layer): () => void {
        this.#layers = [...this.#layers, layer];
        return () => {
            this.#layers = this.#layers.filter((other) => other !== layer);
        };
    }

    /** True when the key was a command and is used up. */
    keydown(event: Press): boolean {
        // While a word is being composed, Enter, Esc and the arrows belong to the input method.
        const composing = event.isComposing || event.keyCode === 229;
        const code = codeOf(event);
        const chord = `${event.ctrlKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${code}`;
        if (pressesFocused(event, code)) return false;
        const character = event.ctrlKey || event.altKey || event.metaKey ? null : characterOf(code, event.shiftKey);

        for (const layer of this.#layers.toReversed()) {
            // A pad reads digits by their place, so an input method cannot take them away.
            if (character !== null && layer.character !== undefined && layer.character(character) !== false) return true;
            if (!composing && act(layer, chord)) return true;
            if (layer.modal) break;
        }
        return !composing && this.#everywhere(chord);
    }

    /** Typing with the focus on nothing, or on a button, goes where typing goes: the box gets the focus before the
     * browser puts the character in. */
    focusHome(event: KeyboardEvent): void {
        if (event.ctrlKey || event.altKey || event.metaKey || characterOf(codeOf(event), event.shiftKey) === null) return;
        const active = document.activeElement;
        if (active?.matches("input, textarea, select") ?? false) return;
        if (codeOf(event) === "Space" && active?.matches("button, a[href], summary")) return;
        const top = this.#layers.toReversed().find((layer) => layer.home !== undefined || layer.modal);
        top?.home?.()?.focus();
    }

    #everywhere(chord: string): boolean {
        return this.#layers.some((layer) => layer.context === "everywhere" && act(layer, chord));
    }
}

function act(layer: Layer, chord: string): boolean {
    const binding = KEYMAP.find((each) => each.context === layer.context && each.keys.includes(chord));
    const action = binding === undefined ? undefined : layer.actions[binding.action];
    return action !== undefined && action(chord) !== false;
}

/** Enter and Space on a button that was reached with Tab press that button, whatever the screen does with them. */
function pressesFocused(event: Press, code: string): boolean {
    if (code !== "Enter" && code !== "Space" && code !== "NumpadEnter") return false;
    return event.target instanceof Element && event.target.closest("button, a[href], select, summary, textarea") !== null;
}
