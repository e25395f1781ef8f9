import { describe, expect, it } from "vitest";
import type { Host } from "$lib/host";
import { Approving } from "./approval.svelte";

const staff = [
    { id: "a", name: "李", role: "cashier" },
    { id: "b", name: "王", role: "manager" },
    { id: "me", name: "我", role: "cashier" },
];
const host: Host = { rpc: () => Promise.resolve({ store: {}, staff }) as never };

describe("approving", () => {
    it("offers managers first and never oneself", async () => {
        const approving = new Approving(host, "me");
        await approving.load();
        expect(approving.staff?.map((each) => each.id)).toEqual(["b", "a"]);
        expect(approving.chosen?.id).toBe("b");
        approving.step(1);
        expect(approving.chosen?.id).toBe("a");
    });

    it("takes a PIN once, of four digits at least", async () => {
        const approving = new Approving(host, "me");
        await approving.load();
        for (const key of "10x0") approving.digit(key);
        expect([approving.pin, approving.take()]).toEqual(["100", null]);
        approving.digit("1");
        expect(approving.take()).toEqual({ staff_id: "b", pin: "1001" });
        expect([approving.pin, approving.take()]).toEqual(["", null]);
    });
});
