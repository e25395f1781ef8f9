import { describe, expect, it } from "vitest";
import { Later } from "./later.svelte";

describe("a part that comes later", () => {
    it("is brought once, however often it is asked for", async () => {
        let brought = 0;
        const part = new Later(() => Promise.resolve({ n: ++brought }));
        expect(part.it).toBeNull();
        await Promise.all([part.load(), part.load()]);
        await part.load();
        expect(part.it).toEqual({ n: 1 });
        expect(part.failed).toBe(false);
    });

    it("says that it could not be brought", async () => {
        const part = new Later(() => Promise.reject(new Error("nobody answers")));
        await part.load();
        expect(part.it).toBeNull();
        expect(part.failed).toBe(true);
    });
});
