import { render } from "svelte/server";
import { describe, expect, it } from "vitest";
import { Refusal } from "$lib/host";
import { overwriteGetLocale } from "$lib/paraglide/runtime";
import Refused from "./Refused.svelte";

const shown = (refusal: Refusal | null): string => render(Refused, { props: { refusal } }).body;

describe("a refusal on the screen", () => {
    it("names the rule that another cannot stand beside", () => {
        overwriteGetLocale(() => "zh-CN");
        expect(shown(new Refusal("promotion.circle", { with: "买牙膏送牙刷" }))).toContain("与“买牙膏送牙刷”冲突：");
        expect(shown(new Refusal("promotion.circle"))).not.toContain("冲突：");
    });
});
