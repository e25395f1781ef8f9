import { describe, expect, it } from "vitest";
import type { Stopped } from "$wire/Stopped";
import { STOPS, actsFor } from "./names";

const stopped = (why: Stopped) => ({ state: "stopped" as const, why });

describe("what a person can do about a link", () => {
    it.each([
        ["fork", "rejoin"],
        ["gap", "rejoin"],
        ["revoked", "rejoin"],
        ["unknown", "retry rejoin"],
        ["damaged", "retry rejoin"],
        ["certificate", "retry"],
        ["other_chain", "retry"],
        ["server", "retry"],
        ["machine", "retry"],
        ["rubbish", "retry"],
        ["newer", "retry"],
    ] as const)("%s: %s", (why, expected) => {
        const { retry, rejoin } = actsFor(stopped(why), 0);
        expect([retry ? "retry" : "", rejoin ? "rejoin" : ""].filter(Boolean).join(" ")).toBe(expected);
    });

    it("knows every stop, and what to do about it", () => {
        expect(Object.keys(STOPS)).toHaveLength(11);
        for (const stop of Object.values(STOPS)) expect(stop.retry || stop.rejoin).toBe(true);
    });

    it("sends by hand what a server that gave this till up does not keep yet", () => {
        expect(actsFor(stopped("fork"), 3).retry).toBe(true);
        expect(actsFor(stopped("fork"), 0).retry).toBe(false);
    });

    it("retries a server that is away, and none where there is none", () => {
        expect(actsFor({ state: "offline" }, 3)).toEqual({ retry: true, rejoin: false });
        expect(actsFor({ state: "no_server" }, 3)).toEqual({ retry: false, rejoin: false });
    });
});
