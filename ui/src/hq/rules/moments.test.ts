import { describe, expect, it } from "vitest";
import { hourText, hourTyped, momentText, momentTyped, soon } from "./moments";

describe("moments in the stores' time", () => {
    it.each<[string, number | null]>([
        ["2026-11-21T08:00", Date.UTC(2026, 10, 21)],
        ["2026-11-21T00:00", Date.UTC(2026, 10, 20, 16)],
        ["2026-02-30T08:00", null],
        ["2026-11-21", null],
        ["", null],
    ])("%s", (text, at) => {
        expect(momentTyped(text)).toBe(at);
        if (at !== null) expect(momentText(at)).toBe(text);
    });

    it("guesses the next whole hour, never the present moment", () => {
        expect(soon(Date.UTC(2026, 10, 21, 1, 5))).toBe("2026-11-21T10:00");
        expect(soon(Date.UTC(2026, 10, 21, 1, 0))).toBe("2026-11-21T10:00");
    });

    it.each<[string, number | null]>([["0:00", 0], ["20:30", 1230], ["8:05", 485], ["24:00", 1440], ["24:01", null], ["8", null], ["8:60", null], ["8:5", null], ["", null]])("%s", (text, minutes) => {
        expect(hourTyped(text)).toBe(minutes);
        if (minutes !== null) expect(hourText(minutes)).toBe(text);
    });
});
