/// The chain's rules as the console holds them, with what their forms need beside: stores, tiers, names of goods. Drafts
/// live here, so that looking something up on another page loses nothing of what was typed.

import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { refusalOf, type Host, type Refusal } from "$lib/host";
import { Latest } from "$lib/queue";
import type { ProductHit } from "$wire/ProductHit";
import type { RuleVersion } from "$wire/RuleVersion";
import type { RuleView } from "$wire/RuleView";
import type { StoreView } from "$wire/StoreView";
import { Editor } from "./editor.svelte";
import { KINDS, type RuleKind } from "./kinds";
import { unique } from "./say";

/** How a rule stands, as a person would say it: switched off and over count more than the version. */
export type Standing = "in_force" | "coming" | "over" | "off" | "replaced";

export class RuleBook {
    rules = $state.raw<RuleView[] | null>(null);
    stores = $state.raw<StoreView[]>([]);
    refusal = $state.raw<Refusal | null>(null);
    /** By kind and rule; only the page that opens one asks for it, so nothing here follows it. */
    #drafts: Record<string, Editor> = {};
    readonly #goods = new SvelteMap<string, string>();
    readonly #categories = new SvelteSet<string>();
    readonly #look: Latest<null, [RuleView[], StoreView[]]>;

    constructor(readonly host: Host) {
        this.#look = new Latest(
            async () => {
                const [rules, stores] = await Promise.all([host.rpc("hq.rules", {}), host.rpc("hq.stores", {})]);
                return [rules.rules, stores.stores];
            },
            (_, [rules, stores]) => {
                this.rules = rules;
                this.stores = stores;
                this.refusal = null;
            },
            (_, thrown) => (this.refusal = refusalOf(thrown)),
        );
    }

    follow(): void {
        this.#look.want(null);
    }

    of(kind: RuleKind): RuleView[] {
        return (this.rules ?? []).filter((rule) => kindOf(rule) === kind);
    }

    one(id: string): RuleView | null {
        return this.rules?.find((rule) => rule.rule_id === id) ?? null;
    }

    /** The draft of a rule's next version, or of a new rule; begun where there is none. */
    edit(kind: RuleKind, id: string | null, from: RuleVersion["body"] | null = null): Editor {
        const key = draftKey(kind, id);
        const held = this.#drafts[key];
        if (held !== undefined && from === null) return held;
        const rule = id === null ? null : this.one(id);
        const draft = new Editor(this.host, id, from ?? rule?.versions[0]?.body ?? KINDS[kind].blank());
        this.#drafts[key] = draft;
        return draft;
    }

    drop(kind: RuleKind, id: string | null): void {
        const key = draftKey(kind, id);
        this.#drafts = Object.fromEntries(Object.entries(this.#drafts).filter(([other]) => other !== key));
    }

    hasDraft(kind: RuleKind, id: string | null): boolean {
        return this.#drafts[draftKey(kind, id)]?.changed ?? false;
    }

    /** Shows a saved version at once; the list is asked for anew all the same. */
    take(rule: RuleView): void {
        const others = (this.rules ?? []).filter((other) => other.rule_id !== rule.rule_id);
        this.rules = [...others, rule];
        this.follow();
    }

    /** Takes a version back that waits: from its moment on the rule says what it said before. Answers whether it is taken back. */
    async takeBack(rule: RuleView, version: RuleVersion): Promise<boolean> {
        const body = before(rule, version);
        if (body === null) return false;
        this.refusal = null;
        try {
            this.take(await this.host.rpc("hq.rule_save", { rule_id: rule.rule_id, body, valid_from: version.valid_from }));
            return true;
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
            return false;
        }
    }

    get tiers(): string[] {
        const body = this.of("tiers").map(shown)[0]?.body;
        return body?.rule === "tiers" ? body.levels.map((level) => level.name) : [];
    }

    get coupons(): { id: string; name: string }[] {
        return this.of("coupon").map((rule) => ({ id: rule.rule_id, name: rule.name }));
    }

    get groups(): string[] {
        const named = (this.rules ?? []).map((rule) => shown(rule).body);
        const groups = named.map((body) => (body.rule === "promotion" ? body.group : body.rule === "coupon" ? body.effect.group : ""));
        return unique(groups.flatMap((group) => (group === undefined || group === "" ? [] : [group])));
    }

    know(product: ProductHit): void {
        this.#goods.set(product.id, product.name);
        if (product.category !== "") this.#categories.add(product.category);
    }

    /** Categories that rules and goods named here already speak of. */
    get categories(): string[] {
        const scopes = (this.rules ?? []).map((rule) => shown(rule).body).flatMap((body) => (body.rule === "promotion" ? [body.scope] : body.rule === "coupon" ? [body.effect.scope] : []));
        return unique([...scopes.flatMap((scope) => scope.categories), ...this.#categories]).toSorted();
    }

    /** `null` for goods that nobody has looked up here yet. */
    goodsName(id: string): string | null {
        return this.#goods.get(id) ?? null;
    }

    storeName(id: string): string | null {
        return this.stores.find((store) => store.id === id)?.name ?? null;
    }
}

function draftKey(kind: RuleKind, id: string | null): string {
    return `${kind}/${id ?? "new"}`;
}

export function kindOf(rule: RuleView): RuleKind | undefined {
    return rule.versions[0]?.body.rule;
}

/** The version a list speaks of: the one in force, else the next to begin, else the last there was. */
export function shown(rule: RuleView): RuleVersion {
    const coming = rule.versions.filter((version) => version.state === "coming").at(-1);
    const version = rule.versions.find((each) => each.state === "in_force") ?? coming ?? rule.versions[0];
    if (version === undefined) throw new Error("a rule without versions");
    return version;
}

/** The version that waits behind the one in force. */
export function next(rule: RuleView): RuleVersion | null {
    const now = shown(rule);
    return rule.versions.filter((version) => version.state === "coming" && version !== now).at(-1) ?? null;
}

/** What a rule says until a version that waits begins: nothing where it is the first, unless that can be switched off. */
export function before(rule: RuleView, version: RuleVersion): RuleVersion["body"] | null {
    const earlier = rule.versions.filter((other) => other.valid_from < version.valid_from && other.state !== "replaced");
    const held = earlier.toSorted((a, b) => b.valid_from - a.valid_from)[0];
    if (held !== undefined) return held.body;
    const { body } = version;
    if (body.rule === "promotion" || body.rule === "card_type") return { ...body, enabled: false };
    return body.rule === "coupon" ? { ...body, effect: { ...body.effect, enabled: false } } : null;
}

/** Whether a version waits that says anything else than what holds until then: one that says the same takes nothing back. */
export function mayTakeBack(rule: RuleView, version: RuleVersion): boolean {
    const body = before(rule, version);
    return version.state === "coming" && body !== null && JSON.stringify(body) !== JSON.stringify(version.body);
}

export function standing({ state, body }: RuleVersion, now: number): Standing {
    const promotion = body.rule === "promotion" ? body : body.rule === "coupon" ? body.effect : null;
    const off = promotion?.enabled === false || (body.rule === "card_type" && !body.enabled);
    if (state === "replaced") return "replaced";
    if (off) return "off";
    if (state === "past" || (promotion?.window.until ?? Infinity) <= now) return "over";
    return state === "coming" || (promotion?.window.from ?? -Infinity) > now ? "coming" : "in_force";
}
