import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import { StatusStore } from "$lib/status.svelte";
import type { StatusView } from "$wire/StatusView";
import { FIELDS, OwnPin, type Field } from "./own-pin.svelte";

const SESSION = { staff: { id: "l", name: "李梅", role: "cashier" as const }, permissions: ["sell" as const] };

function pad(...refusals: Refusal[]) {
    const sent: unknown[] = [];
    const rpc = (name: string, request: unknown) => {
        sent.push([name, request]);
        const refusal = refusals.shift();
        return refusal === undefined ? Promise.resolve(SESSION) : Promise.reject(refusal);
    };
    const host = { rpc } as unknown as Host;
    const status = new StatusStore(host);
    status.take({ version: 1, node: "till", now: 0, session: SESSION } as unknown as StatusView);
    return { pin: new OwnPin(host, status), sent, status };
}

/** Types into each field from the first on, with Enter after each; where typing goes on at last. */
async function type(pin: OwnPin, ...texts: string[]): Promise<Field | null> {
    let next: Field | null = "old";
    for (const [at, text] of texts.entries()) {
        const field = FIELDS[at] ?? "again";
        pin.typed[field] = text;
        next = await pin.onward(field);
    }
    return next;
}

describe("one's own PIN", () => {
    it("is changed by three fields and Enter after each", async () => {
        const { pin, sent, status } = pad();
        expect(await type(pin, "2001")).toBe("new");
        expect(await type(pin, "2001", "8642")).toBe("again");
        expect(sent).toEqual([]);
        expect(await type(pin, "2001", "8642", "8642")).toBeNull();
        expect(sent).toEqual([["session.change_secret", { old: "2001", new: "8642" }]]);
        expect(pin.done).toBe(true);
        expect({ ...pin.typed }).toEqual({ old: "", new: "", again: "" });
        expect(status.view?.session).toEqual(SESSION);
        await pin.onward("again");
        expect(sent).toHaveLength(1);
    });

    it("asks for each field before it asks the node", async () => {
        const { pin, sent } = pad();
        expect(await type(pin, "")).toBe("old");
        for (const text of ["", "864", "86a2", "123456789"]) {
            expect(await type(pin, "2001", text)).toBe("new");
            expect([pin.refusal?.code, pin.about]).toEqual(["pin.invalid", "new"]);
        }
        expect(await type(pin, "2001", "8642", "8624")).toBe("again");
        expect([pin.differ, pin.typed.again, pin.refusal]).toEqual([true, "", null]);
        // The button saves from wherever one is.
        pin.typed.old = "";
        pin.typed.again = "8642";
        expect(await pin.onward("again")).toBe("old");
        expect(pin.differ).toBe(false);
        expect(sent).toEqual([]);
    });

    it("a wrong old one is told at its field, and only that is typed again", async () => {
        const { pin, sent } = pad(new Refusal("pin.wrong"));
        expect(await type(pin, "2002", "8642", "8642")).toBe("old");
        expect([pin.refusal?.code, pin.about]).toEqual(["pin.wrong", "old"]);
        expect({ ...pin.typed }).toEqual({ old: "", new: "8642", again: "8642" });
        pin.typed.old = "2001";
        expect(await pin.onward("again")).toBeNull();
        expect([pin.done, pin.refusal, sent.length]).toEqual([true, null, 2]);
    });

    it("a weak new one is told at its field, and typed again twice", async () => {
        const { pin } = pad(new Refusal("pin.invalid"));
        expect(await type(pin, "2001", "1111", "1111")).toBe("new");
        expect(pin.about).toBe("new");
        expect({ ...pin.typed }).toEqual({ old: "2001", new: "", again: "" });
    });

    it("what is about no field keeps what was typed", async () => {
        const { pin } = pad(new Refusal("disk.full"));
        expect(await type(pin, "2001", "8642", "8642")).toBe("again");
        expect([pin.refusal?.code, pin.about, pin.done]).toEqual(["disk.full", null, false]);
        expect({ ...pin.typed }).toEqual({ old: "2001", new: "8642", again: "8642" });
    });

    it("takes nothing of a scanned code", async () => {
        const { pin } = pad();
        await type(pin, "2001", "864");
        pin.typed.new = "86469012";
        pin.drop("new", "864");
        expect([pin.typed.new, pin.scanned, pin.refusal]).toEqual(["864", true, null]);
        await type(pin, "2001", "8642");
        expect(pin.scanned).toBe(false);
    });
});
