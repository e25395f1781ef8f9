import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import { Colleagues } from "./staff.svelte";

const WANG = { id: "w", name: "王店长", role: "manager" as const };
const LI = { id: "l", name: "李梅", role: "cashier" as const };

function store(refuse: Refusal | null = null) {
    const sent: [string, unknown][] = [];
    const rpc = (name: string, request: unknown) => {
        sent.push([name, request]);
        if (refuse !== null && name !== "session.staff") return Promise.reject(refuse);
        return Promise.resolve({ store: {}, staff: name === "session.staff" ? [WANG] : [WANG, LI] });
    };
    return { colleagues: new Colleagues({ rpc } as unknown as Host), sent };
}

describe("colleagues of a store without a server", () => {
    it("are taken on with a name and a PIN of four to eight digits", async () => {
        const { colleagues, sent } = store();
        await colleagues.load();
        expect(colleagues.list).toEqual([WANG]);
        colleagues.pin = "2468";
        expect(colleagues.ready).toBe(false);
        colleagues.name = " 李梅 ";
        for (const [pin, ready] of [["246", false], ["24a8", false], ["123456789", false], ["2468", true]] as const) {
            colleagues.pin = pin;
            expect(colleagues.ready).toBe(ready);
        }
        await colleagues.save();
        expect(sent.at(-1)).toEqual(["staff.add", { name: "李梅", role: "cashier", pin: "2468" }]);
        expect(colleagues.list).toEqual([WANG, LI]);
        expect([colleagues.name, colleagues.pin]).toEqual(["", ""]);
        expect(colleagues.done).toContain("李梅");
    });

    it("get another PIN", async () => {
        const { colleagues, sent } = store();
        colleagues.choose(WANG);
        colleagues.pin = "8642";
        await colleagues.save();
        expect(sent.at(-1)).toEqual(["staff.pin", { staff_id: "w", pin: "8642" }]);
        expect(colleagues.done).toContain("王店长");
    });

    it("keep what was written when it is refused", async () => {
        const { colleagues } = store(new Refusal("pin.invalid"));
        colleagues.name = "李梅";
        colleagues.pin = "1111";
        await colleagues.save();
        expect(colleagues.refusal?.code).toBe("pin.invalid");
        expect([colleagues.name, colleagues.done]).toEqual(["李梅", ""]);
    });
});
