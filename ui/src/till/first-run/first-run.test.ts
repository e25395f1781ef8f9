import { describe, expect, it } from "vitest";
import { type Host } from "$lib/host";
import type { SetupView } from "$wire/SetupView";
import { FirstRun } from "./first-run.svelte";

const fetching = (error: SetupView["error"], may_start_over = true): SetupView => ({
    stage: { stage: "fetching", done: 412, total: 1000 },
    keys: "file",
    error,
    may_start_over,
});

async function looking(view: SetupView) {
    const sent: string[] = [];
    const rpc = (name: string) => {
        sent.push(name);
        return Promise.resolve(name === "setup.start_over" ? { ...view, stage: { stage: "fresh" }, error: null } : view);
    };
    const setup = new FirstRun({ rpc } as unknown as Host);
    setup.look();
    await Promise.resolve();
    await Promise.resolve();
    return { setup, sent };
}

describe("first run", () => {
    it("keeps showing how far it is while something holds the reading up", async () => {
        const { setup, sent } = await looking(fetching({ code: "server.unreachable", args: {} }));
        expect(setup.working).toBe(true);
        expect(setup.heldUp).toBe(true);
        await setup.retry();
        expect(sent.at(-1)).toBe("setup.retry");
    });

    it("is not held up while all goes well", async () => {
        const { setup } = await looking(fetching(null));
        expect(setup.working).toBe(true);
        expect(setup.heldUp).toBe(false);
    });

    it("starts over at the form", async () => {
        const { setup } = await looking(fetching({ code: "device.revoked", args: {} }));
        await setup.startOver();
        expect(setup.working).toBe(false);
        expect(setup.refusal).toBe(null);
    });

    it("shows the form again when joining was refused before there was a book", async () => {
        const { setup } = await looking({ stage: { stage: "fresh" }, keys: "file", error: { code: "enrol.used", args: {} }, may_start_over: false });
        expect(setup.working).toBe(false);
        expect(setup.refusal?.code).toBe("enrol.used");
    });
});
