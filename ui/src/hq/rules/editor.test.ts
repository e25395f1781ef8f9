import { describe, expect, it } from "vitest";
import { Refusal, type CommandName, type Host } from "$lib/host";
import type { RuleBody } from "$wire/RuleBody";
import type { RulePreviewed } from "$wire/RulePreviewed";
import type { RuleView } from "$wire/RuleView";
import { RuleBook, before, mayTakeBack, next, shown, standing } from "./book.svelte";
import { Editor } from "./editor.svelte";
import { KINDS, kindNamed, type BodyOf } from "./kinds";

type Answers = Partial<Record<CommandName, (request: never) => unknown>>;

function hosting(answers: Answers): { host: Host; asked: { name: string; request: unknown }[] } {
    const asked: { name: string; request: unknown }[] = [];
    const host: Host = {
        rpc: async (name, request) => {
            asked.push({ name, request });
            const answer = answers[name];
            if (answer === undefined) throw new Refusal("internal");
            return (await answer(request as never)) as never;
        },
    };
    return { host, asked };
}

const previewed = (part: Partial<RulePreviewed> = {}): RulePreviewed => ({
    prices: true, carts: 200, changed: 3, unproved: 0, before_fen: 1000, after_fen: 900, points_before: 10, points_after: 9, examples: [], conflict: null, ...part,
});
const promotion = (name = "满减"): BodyOf<"promotion"> => ({ ...(KINDS.promotion.blank() as BodyOf<"promotion">), name });
const view = (body: RuleBody, versions: RuleView["versions"] = [{ version: 1, valid_from: 0, state: "in_force", body }]): RuleView => ({ rule_id: "r1", name: "满减", versions });

describe("a draft of a rule", () => {
    it("is tried on real sales before it can be saved, and again after every change", async () => {
        const { host, asked } = hosting({ "hq.rule_preview": () => previewed(), "hq.rule_save": ({ body }: { body: RuleBody }) => view(body) });
        const draft = new Editor(host, "r1", promotion());
        expect(draft.maySave).toBe(false);
        expect(await draft.save()).toBeNull();
        await draft.try();
        expect(draft.maySave).toBe(true);
        if (draft.body.rule === "promotion") draft.body.order = 5;
        expect(draft.maySave).toBe(false);
        expect(await draft.save()).toBeNull();
        await draft.try();
        expect((await draft.save())?.rule_id).toBe("r1");
        expect(asked.map(({ name }) => name)).toEqual(["hq.rule_preview", "hq.rule_preview", "hq.rule_save"]);
        expect(asked[2]?.request).toEqual({ rule_id: "r1", body: { ...promotion(), order: 5 }, valid_from: null });
    });

    it("leaves the version it came from as it was", () => {
        const from = promotion();
        const draft = new Editor(hosting({}).host, "r1", from);
        if (draft.body.rule === "promotion") {
            draft.body.scope.categories.push("厨房");
            draft.body.name = "别的";
        }
        expect(from).toEqual(promotion());
        expect(draft.changed).toBe(true);
    });

    it("is not saved against another rule, nor with a field that holds no figure", async () => {
        const { host, asked } = hosting({ "hq.rule_preview": () => previewed({ conflict: { code: "name.taken", with: "会员日" } }) });
        const draft = new Editor(host, null, promotion());
        await draft.try();
        expect(draft.maySave).toBe(false);
        const other = new Editor(host, null, KINDS.tenders.blank());
        expect(other.maySave).toBe(true);
        other.unread.set("f", "最多优惠");
        expect(other.maySave).toBe(false);
        await other.try();
        expect(asked).toHaveLength(1);
    });

    it("begins now, or at a moment that is one", async () => {
        const { host, asked } = hosting({ "hq.rule_save": ({ body }: { body: RuleBody }) => view(body) });
        const draft = new Editor(host, null, KINDS.tenders.blank());
        draft.begins = "later";
        expect(draft.maySave).toBe(false);
        draft.beginsAt = "2026-11-21T08:00";
        await draft.save();
        expect(asked[0]?.request).toMatchObject({ valid_from: Date.UTC(2026, 10, 21) });
    });

    it.each([
        ["promotion.day_invalid", "window"], ["promotion.scope_empty", "scope"], ["promotion.pays_out", "kind"], ["amount.invalid", "kind"],
        ["name.taken", "name"], ["rule.too_early", "from"], ["tier.not_rising", "levels"], ["redeem.step_unround", "redeem"], ["card.limit_registered", "plans"],
    ] as const)("shows %s beside the field: %s", async (code, place) => {
        const { host } = hosting({ "hq.rule_preview": () => Promise.reject(new Refusal(code)) });
        const draft = new Editor(host, null, promotion());
        draft.places.add(place);
        await draft.try();
        expect(draft.refusalAt(place)?.code).toBe(code);
        expect(draft.refusalAt(null)).toBeNull();
    });

    it("shows a refusal that belongs to no section on the screen beside the buttons", async () => {
        const { host } = hosting({ "hq.rule_preview": () => Promise.reject(new Refusal("server.busy")) });
        const draft = new Editor(host, null, promotion());
        await draft.try();
        expect(draft.refusalAt(null)?.code).toBe("server.busy");
    });
});

describe("the book of rules", () => {
    it("keeps a draft while one looks elsewhere, and drops it when asked", async () => {
        const { host } = hosting({ "hq.rules": () => ({ rules: [view(promotion())] }), "hq.stores": () => ({ stores: [] }) });
        const book = new RuleBook(host);
        book.take(view(promotion()));
        const draft = book.edit("promotion", "r1");
        if (draft.body.rule === "promotion") draft.body.name = "改过";
        expect(book.edit("promotion", "r1")).toBe(draft);
        expect(book.hasDraft("promotion", "r1")).toBe(true);
        book.drop("promotion", "r1");
        expect(book.edit("promotion", "r1")).not.toBe(draft);
    });

    it("a new version begins from the latest, not from the one in force", () => {
        const { host } = hosting({});
        const book = new RuleBook(host);
        book.take(view(promotion(), [
            { version: 2, valid_from: 9, state: "coming", body: promotion("下月") },
            { version: 1, valid_from: 0, state: "in_force", body: promotion("本月") },
        ]));
        expect(book.edit("promotion", "r1").body).toMatchObject({ name: "下月" });
    });

    it("speaks of the version in force, then of the next to begin, then of the last", () => {
        const version = (no: number, state: "past" | "in_force" | "coming") => ({ version: no, valid_from: no, state, body: promotion(String(no)) });
        const rule = (...versions: RuleView["versions"]) => view(promotion(), versions);
        expect(shown(rule(version(4, "coming"), version(3, "coming"), version(2, "in_force"), version(1, "past"))).version).toBe(2);
        expect(next(rule(version(4, "coming"), version(3, "coming"), version(2, "in_force")))?.version).toBe(3);
        expect(shown(rule(version(2, "coming"), version(1, "coming"))).version).toBe(1);
        expect(next(rule(version(2, "coming"), version(1, "coming")))?.version).toBe(2);
        expect(shown(rule(version(2, "past"), version(1, "past"))).version).toBe(2);
        expect(next(rule(version(2, "past")))).toBeNull();
    });

    it("tells switched off and over from in force", () => {
        const of = (part: Partial<BodyOf<"promotion">>, state: "past" | "in_force" | "coming" = "in_force") => standing({ version: 1, valid_from: 0, state, body: { ...promotion(), ...part } }, 1000);
        const window = promotion().window;
        expect(of({})).toBe("in_force");
        expect(of({ enabled: false })).toBe("off");
        expect(of({ window: { ...window, until: 1000 } })).toBe("over");
        expect(of({ window: { ...window, until: 1001 } })).toBe("in_force");
        expect(of({ window: { ...window, from: 1001 } })).toBe("coming");
        expect(of({}, "coming")).toBe("coming");
        expect(of({}, "past")).toBe("over");
    });

    it("reads kinds out of addresses", () => {
        expect(kindNamed("tiers")).toBe("tiers");
        expect(kindNamed("nonsense")).toBe("promotion");
        expect(kindNamed("toString")).toBe("promotion");
        expect(kindNamed(null)).toBe("promotion");
    });
});

describe("a version that waits", () => {
    const version = (no: number, valid_from: number, state: "past" | "in_force" | "coming" | "replaced", order: number) => ({ version: no, valid_from, state, body: { ...promotion(), order } });
    const held = version(1, 0, "in_force", 1);
    const waiting = version(2, 500, "coming", 2);

    it("is taken back by saying from its moment on what was said before", async () => {
        const rule = view(held.body, [waiting, held]);
        const after = view(held.body, [version(3, 500, "coming", 1), version(2, 500, "replaced", 2), held]);
        const { host, asked } = hosting({ "hq.rule_save": () => after, "hq.rules": () => ({ rules: [after] }), "hq.stores": () => ({ stores: [] }) });
        const book = new RuleBook(host);
        expect(mayTakeBack(rule, waiting)).toBe(true);
        expect(await book.takeBack(rule, waiting)).toBe(true);
        expect(asked[0]).toEqual({ name: "hq.rule_save", request: { rule_id: "r1", body: held.body, valid_from: 500 } });
        expect(after.versions.map((each) => mayTakeBack(after, each))).toEqual([false, false, false]);
        expect(after.versions.map((each) => standing(each, 100))).toEqual(["coming", "replaced", "in_force"]);
    });

    it("is switched off where it is the first, and stays where nothing can be said instead", () => {
        const first = view(waiting.body, [waiting]);
        expect(before(first, waiting)).toEqual({ ...waiting.body, enabled: false });
        const tax = { ...waiting, body: KINDS.tax.blank() };
        expect(mayTakeBack(view(tax.body, [tax]), tax)).toBe(false);
    });

    it("says why where the node refuses", async () => {
        const book = new RuleBook(hosting({}).host);
        expect(await book.takeBack(view(held.body, [waiting, held]), waiting)).toBe(false);
        expect(book.refusal?.code).toBe("internal");
    });
});
