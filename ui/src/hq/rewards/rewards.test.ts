import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import { newId } from "../ids";
import { Batches, Sweep, codesFile } from "./rewards.svelte";

describe("a sweep over many members", () => {
    it("writes only what was counted, and once", async () => {
        const ran: boolean[] = [];
        const sweep = new Sweep((write) => {
            ran.push(write);
            return Promise.resolve({ members: 3, written: write });
        });
        await sweep.write();
        expect(ran).toEqual([]);
        await sweep.count();
        sweep.asking = true;
        await sweep.write();
        expect(sweep.asking).toBe(false);
        await sweep.write();
        expect(ran).toEqual([false, true]);
        await sweep.count();
        expect(sweep.found?.written).toBe(false);
    });

    it("keeps what it counted when the writing is refused", async () => {
        const sweep = new Sweep((write) => (write ? Promise.reject(new Refusal("server.busy")) : Promise.resolve({ members: 3, written: false })));
        await sweep.count();
        await sweep.write();
        expect(sweep.found?.members).toBe(3);
        expect(sweep.refusal?.code).toBe("server.busy");
    });
});

describe("coupons in bulk", () => {
    const open = { batch_id: "b1", name: "国庆", state: { is: "running" }, done: 1, of: 2 };

    function issuing(lost: number) {
        const ids: string[] = [];
        const told: unknown[] = [];
        const host: Host = {
            rpc: (name, request) => {
                if (name === "hq.coupon_batch_tell") told.push(request);
                if (name === "hq.coupon_codes") return Promise.resolve({ codes: ["HC1", "HC2"] }) as never;
                if (name === "hq.coupon_batch") {
                    ids.push((request as { batch_id: string }).batch_id);
                    if (ids.length <= lost) return Promise.reject(new Refusal("server.unreachable"));
                }
                return Promise.resolve({ open: [open], batches: [] }) as never;
            },
        };
        return { ids, told, batches: new Batches(host, () => 1_795_000_000_000) };
    }

    it("sent again after a lost answer they are the same batch, and another one is another", async () => {
        const { ids, batches } = issuing(1);
        const again = () => batches.issue("国庆", "c1", { to: "codes", count: 2 });
        expect(await again()).toBe(false);
        expect(batches.refusal?.code).toBe("server.unreachable");
        expect(await again()).toBe(true);
        expect(batches.refusal).toBeNull();
        await again();
        expect(ids[0]).toBe(ids[1]);
        expect(ids[2]).not.toBe(ids[0]);
    });

    it("another content is another batch, even after a lost answer", async () => {
        const { ids, batches } = issuing(1);
        await batches.issue("国庆", "c1", { to: "codes", count: 2 });
        await batches.issue("国庆", "c1", { to: "codes", count: 3 });
        expect(ids[0]).not.toBe(ids[1]);
    });

    it("what is open is seen, told and kept by any browser", async () => {
        const { told, batches } = issuing(0);
        await batches.list();
        expect(batches.open).toEqual([open]);
        await batches.tell("b1", "give_up");
        expect(told).toEqual([{ batch_id: "b1", told: "give_up" }]);
        expect(await batches.codes("b1")).toEqual(["HC1", "HC2"]);
    });

    it("codes open in a spreadsheet", () => {
        expect(codesFile("券码", ["HC1", "HC2"])).toBe("\uFEFF券码\r\nHC1\r\nHC2\r\n");
    });
});

describe("ids", () => {
    it("are UUIDs of version 7 and rise with time", () => {
        const [one, later] = [newId(1_795_000_000_000), newId(1_795_000_000_001)];
        expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(Number.parseInt(one.slice(0, 13).replace("-", ""), 16)).toBe(1_795_000_000_000);
        expect(one < later).toBe(true);
    });
});
