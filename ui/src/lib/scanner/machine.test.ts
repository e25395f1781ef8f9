import { describe, expect, it } from "vitest";
import { PAUSE_ENDED_MS, PAUSE_MS, PAUSE_WHOLE_MS, ScanMachine, characterOf, hasCheckDigit, type Verdict } from "./machine";

const CODE_OF: Record<string, [string, boolean]> = {};
for (const code of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((l) => `Key${l}`).concat([..."0123456789"].map((d) => `Digit${d}`), ["Minus", "Slash", "Period", "Equal"])) {
    for (const shift of [false, true]) {
        const character = characterOf(code, shift);
        if (character !== null) CODE_OF[character] ??= [code, shift];
    }
}

/** Plays keys `gap` ms apart from `from`; answers the codes recognised and the time of the last key. */
function play(machine: ScanMachine, text: string, gap: number, end: string | null, from = 1000) {
    let at = from;
    const verdicts: Verdict[] = [];
    const press = (code: string, shift: boolean) =>
        verdicts.push(machine.stroke({ code, shift, command: false, repeat: false, at }));
    for (const character of text) {
        const [code, shift] = CODE_OF[character] ?? ["", false];
        if (shift) press("ShiftLeft", true);
        press(code, shift);
        at += gap;
    }
    if (end !== null) press(end, false);
    return { at, scans: verdicts.flatMap((v) => (v.kind === "scan" ? [v.text] : [])), begun: verdicts.filter((v) => v.kind === "begun").length };
}

describe("a scanner", () => {
    it.each([0, 1, 5, 20, 39])("is recognised with %i ms between keys and Enter", (gap) => {
        expect(play(new ScanMachine(), "6901234567892", gap, "Enter").scans).toEqual(["6901234567892"]);
    });

    it("may end with Tab or the keypad's Enter", () => {
        expect(play(new ScanMachine(), "69012345", 5, "Tab").scans).toEqual(["69012345"]);
        expect(play(new ScanMachine(), "69012345", 5, "NumpadEnter").scans).toEqual(["69012345"]);
    });

    it.each([
        ["6901234567892", PAUSE_WHOLE_MS],
        ["6901234567890", PAUSE_MS],
        ["A1234567", PAUSE_MS],
    ])("%s may end with nothing, after %i ms", (code, pauseMs) => {
        const machine = new ScanMachine();
        const last = play(machine, code, 5, null).at - 5;
        expect(machine.pauseMs).toBe(pauseMs);
        expect(machine.pause(last + pauseMs - 1)).toEqual({ kind: "pass" });
        expect(machine.pause(last + pauseMs)).toEqual({ kind: "scan", text: code });
        expect(machine.pause(last + 5000)).toEqual({ kind: "pass" });
    });

    it("that ends its codes with a key is waited for", () => {
        const machine = new ScanMachine();
        play(machine, "69012345", 5, "Enter");
        const last = play(machine, "6901234567892", 5, null, 5000).at - 5;
        expect(machine.pause(last + PAUSE_WHOLE_MS)).toEqual({ kind: "pass" });
        expect(machine.pause(last + PAUSE_ENDED_MS)).toEqual({ kind: "scan", text: "6901234567892" });
    });

    it.each([70, 200, 900])("may stumble for %i ms on a busy machine", (stallMs) => {
        const machine = new ScanMachine();
        play(machine, "69012345", 5, "Enter");
        const head = play(machine, "69012345", 5, null, 5000);
        const tail = play(machine, "67892", 5, "Enter", head.at + stallMs);
        expect(tail.scans).toEqual(["6901234567892"]);
        expect(head.begun + tail.begun).toBe(1);
    });

    it.each([
        ["69012345678", "92", "Enter"],
        ["690123456789", "2", "Tab"],
        ["6901234567892", "", "Enter"],
    ])("that stumbles between %s, %s and %s is known by its check digit", (before, after, end) => {
        const machine = new ScanMachine();
        const head = play(machine, before, 5, null);
        expect(play(machine, after, 5, end, head.at + 200).scans).toEqual(["6901234567892"]);
        expect(machine.gapMs).toBe(40);
    });

    it("that stumbles near the end of a code without a check digit leaves a box that holds the whole code", () => {
        const machine = new ScanMachine();
        const head = play(machine, "69012345678", 5, null);
        expect(play(machine, "91", 5, "Enter", head.at + 200).scans).toEqual([]);
    });

    it("sends capitals and signs by Shift", () => {
        expect(play(new ScanMachine(), "Ab-12/3+4", 5, "Enter").scans).toEqual(["Ab-12/3+4"]);
    });

    it("sends two codes in a row", () => {
        const machine = new ScanMachine();
        const first = play(machine, "69012345", 5, "Enter");
        expect(play(machine, "69054321", 5, "Enter", first.at + 10).scans).toEqual(["69054321"]);
    });

    it("is learnt: a slow one may stumble, a fast one makes typing safer", () => {
        const slow = new ScanMachine();
        play(slow, "69012345", 30, "Enter");
        expect(slow.gapMs).toBe(60);
        const fast = new ScanMachine();
        play(fast, "69012345", 3, "Enter");
        expect(fast.gapMs).toBe(25);
    });

    it("is announced once, when its first key comes", () => {
        expect(play(new ScanMachine(), "69012345", 5, "Enter").begun).toBe(1);
    });
});

describe("a person", () => {
    it.each([60, 90, 200])("typing with %i ms between keys is left alone", (gap) => {
        const machine = new ScanMachine();
        const { scans, at } = play(machine, "6901234567892", gap, "Enter");
        expect(scans).toEqual([]);
        expect(machine.pause(at + 500)).toEqual({ kind: "pass" });
    });

    it("rolling three keys and Enter is left alone", () => {
        expect(play(new ScanMachine(), "123", 10, "Enter").scans).toEqual([]);
    });

    it("rolling a word of pinyin is left alone", () => {
        const machine = new ScanMachine();
        const { at } = play(machine, "xiaoming", 20, null);
        expect(machine.pause(at + PAUSE_ENDED_MS)).toEqual({ kind: "pass" });
    });

    it("typing before a scan is not part of the code", () => {
        const machine = new ScanMachine();
        const typed = play(machine, "ni", 120, null);
        expect(play(machine, "6901234567892", 5, "Enter", typed.at).scans).toEqual(["6901234567892"]);
    });

    it("pressing a command or holding a key ends the burst", () => {
        for (const odd of [{ command: true, repeat: false }, { command: false, repeat: true }]) {
            const machine = new ScanMachine();
            const { at } = play(machine, "69012", 5, null);
            machine.stroke({ code: "KeyA", shift: false, ...odd, at });
            expect(machine.stroke({ code: "Enter", shift: false, command: false, repeat: false, at: at + 5 })).toEqual({ kind: "pass" });
        }
    });

    it("pressing the keypad's signs is never part of a code", () => {
        for (const code of ["NumpadMultiply", "NumpadAdd", "NumpadSubtract", "NumpadDivide"]) {
            expect(characterOf(code, false)).toBeNull();
            expect(characterOf(code, true)).toBeNull();
        }
    });
});

it("a new listener does not get the rest of an old burst", () => {
    const machine = new ScanMachine();
    const { at } = play(machine, "690123", 5, null);
    machine.reset();
    expect(machine.stroke({ code: "Enter", shift: false, command: false, repeat: false, at: at + 2 })).toEqual({ kind: "pass" });
});

it("knows a check digit", () => {
    expect(["6901234567892", "96385074", "036000291452", "10012345000017"].map(hasCheckDigit)).toEqual([true, true, true, true]);
    expect(["6901234567893", "123", "69012345678921", "A6385074", ""].map(hasCheckDigit)).toEqual([false, false, false, false, false]);
});
