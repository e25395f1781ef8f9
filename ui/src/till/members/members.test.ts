import { describe, expect, it } from "vitest";
import { Refusal, type Host } from "$lib/host";
import type { FoundBy } from "$wire/FoundBy";
import type { MemberHit } from "$wire/MemberHit";
import { Members } from "./members.svelte";

const card = (id: string) => ({ id, name: id, phone: "138****8000", card_no: null, tier: "", points: 0, full: false });
const hit = (id: string, found_by: FoundBy): MemberHit => ({ member: card(id), found_by });

function searching(hits: Record<string, MemberHit[]>, mayRegister = true) {
    const asked: string[] = [];
    const picked: string[] = [];
    const host: Host = {
        rpc: (name, request) => {
            asked.push(`${name} ${JSON.stringify(request)}`);
            if (name === "member.register") return Promise.resolve({ member: card("new"), created: true }) as never;
            const { text } = request as { text: string };
            if (text === "bad") return Promise.reject(new Refusal("text.too_long"));
            return new Promise((done) => setTimeout(() => done({ hits: hits[text] ?? [], more: false } as never), 2));
        },
    };
    const members = new Members(host, mayRegister, (member, created) => picked.push(`${member.id}${created ? " created" : ""}`));
    return { members, asked, picked };
}

describe("finding a member", () => {
    it("Enter waits for the answer to what stands in the box", async () => {
        const { members, picked } = searching({ zh: [hit("zhou", "initials")], zhang: [hit("zhang", "pinyin")] });
        members.typed("zh");
        members.typed("zhang");
        await members.confirm();
        expect(picked).toEqual(["zhang"]);
    });

    it("registers a phone nobody has, with Enter alone", async () => {
        const { members, asked, picked } = searching({});
        members.typed("138 0013 8000");
        await members.confirm();
        expect(picked).toEqual(["new created"]);
        expect(asked.at(-1)).toContain(`"phone":"13800138000"`);
    });

    it.each(["1380013800", "138001380001", "23800138000", "zhang"])("registers nothing for %s", async (text) => {
        const { members, asked } = searching({});
        members.typed(text);
        await members.confirm();
        expect(asked.filter((each) => each.startsWith("member.register"))).toEqual([]);
    });

    it("registers nobody twice, and nobody without the right", async () => {
        const known = searching({ "13800138000": [hit("zhang", "phone")] });
        known.members.typed("13800138000");
        await known.members.confirm();
        expect(known.picked).toEqual(["zhang"]);
        const watching = searching({}, false);
        watching.members.typed("13800138000");
        await watching.members.confirm();
        expect(watching.picked).toEqual([]);
    });

    it("a scanned card picks its member, a code that only begins like one does not", async () => {
        const exact = searching({ "88000001": [hit("zhang", "card")] });
        await exact.members.scanned("88000001");
        expect(exact.picked).toEqual(["zhang"]);
        const prefix = searching({ "8800": [hit("zhang", "card_prefix")] });
        await prefix.members.scanned("8800");
        expect(prefix.picked).toEqual([]);
    });

    it("says why nothing is found", async () => {
        const { members } = searching({});
        members.typed("bad");
        await members.confirm();
        expect(members.refusal?.code).toBe("text.too_long");
    });
});
