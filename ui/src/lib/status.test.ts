import { describe, expect, it } from "vitest";
import type { SessionEnd } from "$wire/SessionEnd";
import type { SessionView } from "$wire/SessionView";
import type { StatusView } from "$wire/StatusView";
import type { Host } from "./host";
import { StatusStore } from "./status.svelte";

const WANG = { id: "w", name: "王敏", role: "manager" as const };
const somebody: SessionView = { staff: WANG, permissions: ["sell"], ended: null };
const nobody = (ended: SessionEnd | null): SessionView => ({ staff: null, permissions: [], ended });
const view = (version: number, session: SessionView, node = "till") => ({ version, node, now: 0, session }) as unknown as StatusView;

function store(...sessions: SessionView[]): StatusStore {
    const status = new StatusStore({ rpc: () => Promise.reject(new Error("nobody asks")) } as unknown as Host);
    sessions.forEach((session, at) => status.take(view(at + 1, session)));
    return status;
}

describe("whoever did not sign out", () => {
    it.each(["idle", "secret_changed", "not_here"] as const)("is told why: %s", (ended) => {
        expect(store(somebody, nobody(ended)).signedOut).toEqual({ why: ended, name: "王敏" });
    });

    it("is told that the node was started anew where it knows of no end", () => {
        expect(store(somebody, nobody(null)).signedOut).toEqual({ why: "restarted", name: "王敏" });
    });

    it("is told until somebody is in, by whatever way that is heard of", () => {
        const status = store(somebody, nobody("idle"), nobody("idle"));
        expect(status.signedOut?.why).toBe("idle");
        status.takeSession(somebody);
        expect(status.signedOut).toBeNull();
        const other = store(somebody, nobody("idle"));
        other.take(view(9, somebody));
        expect(other.signedOut).toBeNull();
    });

    it("is told nothing where nobody was in, by an own sign-out, or by one in another tab", () => {
        expect(store(nobody(null)).signedOut).toBeNull();
        expect(store(nobody("idle")).signedOut).toBeNull();
        expect(store(somebody, nobody("signed_out")).signedOut).toBeNull();
        const status = store(somebody);
        status.takeSession(nobody("signed_out"));
        status.take(view(9, nobody("signed_out")));
        expect(status.signedOut).toBeNull();
    });

    it("is told nothing by a till that was told to begin anew", () => {
        const status = store(somebody);
        status.take(view(2, nobody(null), "unset"));
        status.take(view(3, nobody(null)));
        expect(status.signedOut).toBeNull();
    });

    it("hears it from a node that came back, and counts from one again", async () => {
        const answers: (() => Promise<StatusView>)[] = [
            () => Promise.resolve(view(70, somebody)),
            () => Promise.reject(new Error("gone")),
            () => Promise.resolve(view(1, nobody(null))),
        ];
        const host = { rpc: () => answers.shift()?.() ?? (status.stop(), Promise.reject(new Error("done"))) } as unknown as Host;
        const status: StatusStore = new StatusStore(host, () => Promise.resolve());
        await status.follow();
        expect([status.view?.version, status.signedOut]).toEqual([1, { why: "restarted", name: "王敏" }]);
    });
});
