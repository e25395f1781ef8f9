import { expect, it, vi } from "vitest";
import { askedEarly } from "./early";
import type { Host } from "./host";

function counting(answer: (name: string) => Promise<unknown>) {
    const rpc = vi.fn((name: string) => answer(name));
    return { host: { rpc } as unknown as Host, rpc };
}

it("gives the early answer once and asks anew after it", async () => {
    let n = 0;
    const { host, rpc } = counting(() => Promise.resolve(++n));
    const early = askedEarly(host, ["session.staff"]);
    expect(rpc).toHaveBeenCalledTimes(1);
    expect(await early.rpc("session.staff", {})).toBe(1);
    expect(await early.rpc("session.staff", {})).toBe(2);
    expect(rpc).toHaveBeenCalledTimes(2);
});

it("asks anew when the early answer was a refusal, and never gives it for another request", async () => {
    let n = 0;
    const { host } = counting(() => (++n === 1 ? Promise.reject(new Error("not here")) : Promise.resolve(n)));
    const early = askedEarly(host, ["session.staff"]);
    expect(await early.rpc("session.staff", {})).toBe(2);
    const other = counting((name) => Promise.resolve(name));
    const with_request = askedEarly(other.host, ["status.get"]);
    expect(await with_request.rpc("status.watch", { seen: 1 })).toBe("status.watch");
});
