import { afterEach, describe, expect, it, vi } from "vitest";
import { codeOf } from "./code";
import { Keyboard } from "./keyboard";
import { KEYMAP, capOf } from "./keymap";

vi.stubGlobal("Element", function Element() {});
afterEach(() => vi.clearAllMocks());

function press(code: string, more: Partial<KeyboardEvent> = {}) {
    return { code, key: "", location: 0, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, keyCode: 0, target: null, ...more };
}

describe("the keymap", () => {
    it("binds a key at most once in a context", () => {
        const seen = KEYMAP.flatMap((each) => each.keys.map((key) => `${each.context} ${key}`));
        expect(new Set(seen).size).toBe(seen.length);
    });

    it("counts signs by the keypad, never by character", () => {
        for (const key of KEYMAP.flatMap((each) => each.keys)) expect(key).not.toMatch(/^(Digit8|Equal|Minus|Slash)$/);
    });

    it("ends an exchange by the key that began it", () => {
        const keysOf = (context: string, action: string) => KEYMAP.filter((each) => each.context === context && each.action === action).flatMap((each) => each.keys);
        expect(keysOf("cart", "end_exchange")).toEqual(keysOf("refund", "exchange"));
        expect(keysOf("cart", "end_exchange")).toHaveLength(1);
    });

    it("has a printed name for every key", () => {
        expect(["NumpadAdd", "Alt+KeyS", "Escape", "F11", "Ctrl+Delete"].map(capOf)).toEqual(["+", "Alt+S", "Esc", "F11", "Ctrl+Del"]);
    });
});

describe("the keyboard", () => {
    it("gives a key to the topmost layer that binds it", () => {
        const keyboard = new Keyboard();
        const below = vi.fn();
        const above = vi.fn();
        keyboard.lay({ context: "cart", actions: { pay: below, back: below } });
        const off = keyboard.lay({ context: "hits", actions: { back: above } });
        expect(keyboard.keydown(press("Escape"))).toBe(true);
        expect(keyboard.keydown(press("NumpadAdd"))).toBe(true);
        expect([above.mock.calls.length, below.mock.calls.length]).toEqual([1, 1]);
        off();
        keyboard.keydown(press("Escape"));
        expect(below).toHaveBeenCalledTimes(2);
    });

    it("lets nothing through a modal layer but what holds everywhere", () => {
        const keyboard = new Keyboard();
        const help = vi.fn();
        const pay = vi.fn();
        keyboard.lay({ context: "everywhere", actions: { help } });
        keyboard.lay({ context: "cart", actions: { pay } });
        keyboard.lay({ context: "members", actions: {}, modal: true });
        expect(keyboard.keydown(press("NumpadAdd"))).toBe(false);
        expect(keyboard.keydown(press("F1"))).toBe(true);
        expect([pay.mock.calls.length, help.mock.calls.length]).toEqual([0, 1]);
    });

    it("leaves keys of a composition to the input method, but not a pad's digits", () => {
        const keyboard = new Keyboard();
        const confirm = vi.fn();
        const typed: string[] = [];
        keyboard.lay({ context: "pin", actions: { confirm }, character: (c) => (/\d/.test(c) ? void typed.push(c) : false) });
        expect(keyboard.keydown(press("Enter", { isComposing: true }))).toBe(false);
        expect(keyboard.keydown(press("Digit7", { keyCode: 229, key: "Process" }))).toBe(true);
        expect(keyboard.keydown(press("Numpad3"))).toBe(true);
        expect(typed).toEqual(["7", "3"]);
        expect(confirm).not.toHaveBeenCalled();
    });

    it("an action that declines hands the key on", () => {
        const keyboard = new Keyboard();
        keyboard.lay({ context: "cart", actions: { remove: () => false } });
        expect(keyboard.keydown(press("Delete"))).toBe(false);
    });

    it("does not take a main-row sign for the keypad's", () => {
        const keyboard = new Keyboard();
        const pay = vi.fn();
        keyboard.lay({ context: "cart", actions: { pay } });
        expect(keyboard.keydown(press("Equal", { key: "+", shiftKey: true }))).toBe(false);
        expect(pay).not.toHaveBeenCalled();
    });
});

describe("the place of a key", () => {
    it.each([
        [{ code: "NumpadAdd", key: "+", location: 3 }, "NumpadAdd"],
        [{ code: "", key: "+", location: 3 }, "NumpadAdd"],
        [{ code: "Unidentified", key: "7", location: 0 }, "Digit7"],
        [{ code: "", key: "7", location: 3 }, "Numpad7"],
        [{ code: "", key: "F1", location: 0 }, "F1"],
        [{ code: "", key: "a", location: 0 }, "KeyA"],
    ])("%j is %s", (event, code) => expect(codeOf(event)).toBe(code));
});
