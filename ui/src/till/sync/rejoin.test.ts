import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import { StatusStore } from "$lib/status.svelte";
import type { StatusView } from "$wire/StatusView";
import { Rejoin } from "./rejoin.svelte";

/** A node whose book holds `unkept` operations that no server has. */
function stopped(unkept: number, refuse: Refusal | null = null) {
    const sent: unknown[] = [];
    const view = { version: 1, node: "till", now: 0, session: { staff: null, permissions: [], ended: null }, sync: { unkept } } as unknown as StatusView;
    const rpc = (name: string, request: unknown) => {
        if (name === "status.get") return Promise.resolve({ ...view, version: 2, node: "unset" });
        sent.push([name, request]);
        return refuse === null ? Promise.resolve({}) : Promise.reject(refuse);
    };
    const host = { rpc } as unknown as Host;
    const status = new StatusStore(host);
    status.take(view);
    return { rejoin: new Rejoin(host, status), sent, status };
}

describe("joining anew", () => {
    it("asks for a code and no more where the server keeps everything", async () => {
        const { rejoin, sent, status } = stopped(0);
        expect(rejoin.ready).toBe(false);
        rejoin.code = " HEFU-abc\n";
        expect(rejoin.ready).toBe(true);
        await rejoin.send();
        expect(sent).toEqual([["sync.rejoin", { code: "HEFU-abc", unkept: 0 }]]);
        expect(status.view?.node).toBe("unset");
    });

    it("waits until a person has seen what no server has, and says how much that was", async () => {
        const { rejoin, sent } = stopped(214);
        rejoin.code = "HEFU-abc";
        expect(rejoin.ready).toBe(false);
        await rejoin.send();
        expect(sent).toEqual([]);
        rejoin.accepted = true;
        await rejoin.send();
        expect(sent).toEqual([["sync.rejoin", { code: "HEFU-abc", unkept: 214 }]]);
    });

    it("asks again after a refusal: more may be there by now", async () => {
        const { rejoin } = stopped(214, new Refusal("rejoin.unkept"));
        rejoin.code = "HEFU-abc";
        rejoin.accepted = true;
        await rejoin.send();
        expect(rejoin.refusal?.code).toBe("rejoin.unkept");
        expect(rejoin.ready).toBe(false);
        expect(rejoin.code).toBe("HEFU-abc");
    });
});
