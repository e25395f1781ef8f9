import { describe, expect, it } from "vitest";
import { Latest, Serial } from "./queue";

const later = <T>(value: T, ms: number) => new Promise<T>((done) => setTimeout(() => done(value), ms));

describe("Serial", () => {
    it("keeps the order and never runs two", async () => {
        const serial = new Serial();
        const log: string[] = [];
        const work = (name: string, ms: number) => serial.run(async () => {
            log.push(`${name} begins`);
            await later(null, ms);
            log.push(`${name} ends`);
        });
        await Promise.all([work("a", 8), work("b", 1), work("c", 0)]);
        expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    });

    it("goes on after a failure", async () => {
        const serial = new Serial();
        await expect(serial.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
        expect(await serial.run(() => Promise.resolve(7))).toBe(7);
    });
});

describe("Latest", () => {
    it("asks the first and the last of a burst, and shows the last", async () => {
        const asked: string[] = [];
        const shown: string[] = [];
        const latest = new Latest<string, string>(
            (query) => (asked.push(query), later(query.toUpperCase(), 2)),
            (_, reply) => shown.push(reply),
            () => shown.push("failed"),
        );
        for (const query of ["z", "zh", "zha", "zhan"]) latest.want(query);
        await latest.settled();
        expect(asked).toEqual(["z", "zhan"]);
        expect(shown).toEqual(["ZHAN"]);
    });

    it("shows nothing that was cancelled", async () => {
        const shown: string[] = [];
        const latest = new Latest<string, string>((query) => later(query, 2), (_, reply) => shown.push(reply), () => shown.push("failed"));
        latest.want("a");
        latest.cancel();
        await latest.settled();
        expect(shown).toEqual([]);
    });
});
