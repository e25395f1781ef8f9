import { describe, expect, it } from "vitest";
import { Refusal, refusalOf } from "./host";
import { httpHost } from "./http";

function answering(status: number, body: string) {
    const seen: { url: string; init: RequestInit }[] = [];
    const host = httpHost((url, init) => {
        seen.push({ url, init });
        return Promise.resolve(new Response(body, { status }));
    });
    return { host, seen };
}

describe("httpHost", () => {
    it("posts the request with the session and the header", async () => {
        const { host, seen } = answering(200, `{"hits":[],"more":false}`);
        expect(await host.rpc("member.search", { text: "zhang" })).toEqual({ hits: [], more: false });
        expect(seen[0]?.url).toBe("/rpc/member.search");
        expect(seen[0]?.init).toMatchObject({ method: "POST", credentials: "same-origin", body: `{"text":"zhang"}` });
        expect(seen[0]?.init.headers).toMatchObject({ "x-hefu": "1" });
    });

    it("rejects with the code and its arguments", async () => {
        const { host } = answering(429, `{"code":"sign_in.locked","args":{"seconds":30}}`);
        const refusal = await host.rpc("status.get", {}).catch((thrown: unknown) => thrown);
        expect(refusal).toBeInstanceOf(Refusal);
        expect(refusal).toMatchObject({ code: "sign_in.locked", args: { seconds: 30 } });
    });

    it("says unreachable when nobody answers, and rubbish when a stranger does", async () => {
        const dead = httpHost(() => Promise.reject(new TypeError("failed")));
        await expect(dead.rpc("status.get", {})).rejects.toMatchObject({ code: "server.unreachable" });
        await expect(answering(502, "<html>").host.rpc("status.get", {})).rejects.toMatchObject({ code: "server.unreachable" });
        await expect(answering(200, "<html>").host.rpc("status.get", {})).rejects.toMatchObject({ code: "server.rubbish" });
    });
});

describe("refusalOf", () => {
    it("reads a body given as text", () => {
        expect(refusalOf(`{"code":"pin.wrong","args":{"left":2}}`)).toMatchObject({ code: "pin.wrong", args: { left: 2 } });
    });

    it("calls anything else internal", () => {
        for (const odd of ["{", null, 7, new Error("x"), { message: "x" }]) expect(refusalOf(odd).code).toBe("internal");
    });
});
