import { describe, expect, it } from "vitest";
import { isFigure, readEntry, withScan } from "./entry";

describe("an entry", () => {
    it.each([
        ["6901234567892", 1000, false, "6901234567892"],
        ["3*6901234567892", 3000, true, "6901234567892"],
        ["3 * 毛巾", 3000, true, "毛巾"],
        ["1.5*", 1500, true, ""],
        ["３＊mj", 3000, true, "mj"],
        ["*5", 1000, false, "*5"],
        ["0*5", 1000, false, "0*5"],
        ["A*5", 1000, false, "A*5"],
    ])("%s", (text, quantityMilli, prefixed, words) => expect(readEntry(text)).toEqual({ quantityMilli, prefixed, words }));

    it("a quantity waits for a scan, half a word does not", () => {
        expect(withScan("69012345", "3*")).toBe("3*69012345");
        expect(withScan("69012345", "")).toBe("69012345");
        expect(withScan("69012345", "mao")).toBe("69012345");
        expect(withScan("69012345", "3*mao")).toBe("69012345");
        expect(withScan("A*5", "2*")).toBe("2*A*5");
    });

    it("tells figures from words", () => {
        expect(["3", "1.5", "3.", "3*", "m3"].map(isFigure)).toEqual([true, true, true, false, false]);
    });
});
