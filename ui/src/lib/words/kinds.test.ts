import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kindName } from "./kinds";

const source = readFileSync(new URL("../../../../crates/core/src/op/body.rs", import.meta.url), "utf8");
const kinds = [...source.matchAll(/^ {4}\w+\([^=]+\) = "([a-z_.]+)", \d+,/gm)].map((match) => match[1] ?? "");

describe("kinds of operations", () => {
    it("are read from the table of kinds", () => {
        expect(kinds.length).toBeGreaterThan(20);
        expect(kinds).toContain("rule.set");
    });

    it.each(kinds)("%s has a word of its own", (kind) => expect(kindName(kind)).toMatch(/\p{Script=Han}/u));

    it("have different words", () => expect(new Set(kinds.map(kindName)).size).toBe(kinds.length));

    it("that are not known are shown as they are", () => {
        for (const kind of ["kind.of_tomorrow", "constructor", ""]) expect(kindName(kind)).toBe(kind);
    });
});
