import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import en from "../../messages/en.json";
import zh from "../../messages/zh-CN.json";
import { message } from "../../src/lib/words/errors";
import type { Code } from "../../src/lib/wire/Code";

const languages: Record<string, Record<string, string>> = { "zh-CN": zh, en };
const source = readFileSync(new URL("../../src/lib/wire/Code.ts", import.meta.url), "utf8");
const codes = [...source.matchAll(/"([a-z_]+(?:\.[a-z_]+)?)"/g)].map((match) => match[1] as Code);

const keyOf = (code: string) => `error.${code}`;

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("error codes", () => {
    it("are read from the generated file", () => {
        expect(codes.length).toBeGreaterThan(60);
        expect(codes).toContain("server.unreachable");
    });

    it.each(codes)("%s has a message in every language", (code) => {
        for (const messages of Object.values(languages)) expect(messages[keyOf(code)]).toBeTruthy();
        expect(message(code)).toBe(zh[keyOf(code) as keyof typeof zh].replace("{seconds}", "30"));
    });

    it("have no message left over", () => {
        const named = Object.keys(zh).filter((key) => key.startsWith("error."));
        expect(named.filter((name) => !codes.map(keyOf).includes(name))).toEqual([]);
    });

    it("never show a bare code", () => {
        expect(message("newer.than.this" as Code)).toBe(zh["error.internal"]);
    });
});

describe("messages", () => {
    it("have the same keys and the same placeholders in both languages", () => {
        expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
        for (const [key, text] of Object.entries(languages["zh-CN"] ?? {})) {
            expect({ key, in: placeholders(languages["en"]?.[key] ?? "") }).toEqual({ key, in: placeholders(text) });
        }
    });

    it("are not empty", () => {
        for (const messages of Object.values(languages)) for (const text of Object.values(messages)) expect(text.trim()).not.toBe("");
    });

    it("are all used", () => {
        const used = readAll(new URL("../../src/", import.meta.url));
        const unused = Object.keys(zh).filter((key) => key !== "$schema" && !used.includes(`"${key}"`));
        expect(unused).toEqual([]);
    });
});

function readAll(folder: URL): string {
    return readdirDeep(folder).map((file) => readFileSync(file, "utf8")).join("\n");
}

function readdirDeep(folder: URL): URL[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        if (entry.name === "paraglide") return [];
        return entry.isDirectory() ? readdirDeep(new URL(`${entry.name}/`, folder)) : [new URL(entry.name, folder)];
    });
}
