/// One draft of a rule: its body, when it is to begin, what it would have done to past carts, and why the node refused it.
/// Which field a refusal belongs to is known here; whether the rule makes sense is for the node to say.

import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { refusalOf, type Host, type Refusal } from "$lib/host";
import type { RuleBody } from "$wire/RuleBody";
import type { RulePreviewed } from "$wire/RulePreviewed";
import type { RuleView } from "$wire/RuleView";
import { momentTyped } from "./moments";
import { KINDS } from "./kinds";

/** Sections of a form beside which a refusal can stand. */
export type Place = "name" | "kind" | "scope" | "window" | "who" | "limits" | "validity" | "on_sale" | "from" | "levels" | "measure" | "multipliers" | "redeem" | "expiry" | "plans";

const PLACES: Record<string, Place> = {
    "name.invalid": "name", "name.taken": "name", "text.too_long": "name",
    "promotion.empty_window": "window", "promotion.day_invalid": "window", "promotion.hours_invalid": "window",
    "promotion.scope_empty": "scope", "rule.too_long": "scope", "product.unknown": "scope",
    "coupon.validity": "validity", "coupon.counted": "limits", "coupon.gift_least": "on_sale", "coupon.gift_goods": "on_sale", "rule.too_early": "from", "store.unknown": "who", "tier.unknown": "who",
    "multiplier.invalid": "multipliers", "multiplier.day_invalid": "multipliers", "multiplier.too_many": "multipliers",
    "redeem.invalid": "redeem", "redeem.step_unround": "redeem", "expiry.invalid": "expiry",
    "tier.named": "levels", "tier.not_rising": "levels", "tier.name_twice": "levels", "tier.price_invalid": "levels", "tier.points_invalid": "levels",
    "tier.window_invalid": "measure", "tier.growth_invalid": "measure",
    "card.limit_registered": "plans", "card.limit_anonymous": "plans",
};

/** Where a refusal belongs; what no list names is about the figures of the rule itself. */
export function placeOf(code: string): Place | null {
    const place = PLACES[code];
    if (place !== undefined) return place;
    return /^(promotion|amount|quantity|coupon|card)\./.test(code) ? "kind" : null;
}

export type Begins = "now" | "later";

export class Editor {
    body = $state<RuleBody>() as RuleBody;
    begins = $state<Begins>("now");
    /** `YYYY-MM-DDTHH:mm`, as the field has it. */
    beginsAt = $state("");
    busy = $state<"preview" | "save" | null>(null);
    refusal = $state.raw<Refusal | null>(null);
    preview = $state.raw<RulePreviewed | null>(null);
    /** Fields that hold something that is no figure, by the field's id. */
    readonly unread = new SvelteMap<string, string>();
    /** Sections that are on the screen. */
    readonly places = new SvelteSet<Place>();
    #previewed = $state("");
    readonly #began: string;

    constructor(
        private readonly host: Host,
        readonly ruleId: string | null,
        from: RuleBody,
    ) {
        // A draft of its own: versions are never edited in place.
        this.body = structuredClone(from);
        this.#began = JSON.stringify(from);
    }

    get changed(): boolean {
        return JSON.stringify(this.body) !== this.#began;
    }

    /** Whether what is shown was tried as it stands. */
    get tried(): boolean {
        return this.preview !== null && this.#previewed === JSON.stringify(this.body);
    }

    get mustTry(): boolean {
        return KINDS[this.body.rule].tried && !this.tried;
    }

    get maySave(): boolean {
        return this.busy === null && this.unread.size === 0 && !this.mustTry && (!this.tried || this.preview?.conflict == null) && this.validFrom !== undefined;
    }

    /** `null` is now, `undefined` no moment. */
    get validFrom(): number | null | undefined {
        return this.begins === "now" ? null : (momentTyped(this.beginsAt) ?? undefined);
    }

    /** The refusal, where it belongs to a section that is on the screen; `null` asks for the one that belongs to none. */
    refusalAt(place: Place | null): Refusal | null {
        if (this.refusal === null) return null;
        const at = placeOf(this.refusal.code);
        const here = at !== null && this.places.has(at) ? at : null;
        return here === place ? this.refusal : null;
    }

    async try(): Promise<void> {
        if (this.busy !== null || this.unread.size > 0) return;
        const body = $state.snapshot(this.body) as RuleBody;
        await this.#ask("preview", async () => {
            this.preview = await this.host.rpc("hq.rule_preview", { rule_id: this.ruleId, body });
            this.#previewed = JSON.stringify(body);
        });
    }

    /** The rule with its new version, or `null` when it was refused. */
    async save(): Promise<RuleView | null> {
        const validFrom = this.validFrom;
        if (!this.maySave || validFrom === undefined) return null;
        const body = $state.snapshot(this.body) as RuleBody;
        let saved: RuleView | null = null;
        await this.#ask("save", async () => {
            saved = await this.host.rpc("hq.rule_save", { rule_id: this.ruleId, body, valid_from: validFrom });
        });
        return saved;
    }

    async #ask(what: "preview" | "save", work: () => Promise<void>): Promise<void> {
        this.busy = what;
        this.refusal = null;
        try {
            await work();
        } catch (thrown) {
            this.refusal = refusalOf(thrown);
        } finally {
            this.busy = null;
        }
    }
}
