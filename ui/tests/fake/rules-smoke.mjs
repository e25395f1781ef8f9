/// Editing rules by hand and by key on the canned node: drafts, tries, refusals, versions, bulk coupons.
///
///   npm run build && node tests/fake/rules-smoke.mjs

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { by, openBrowser, openPage, refused } from "../e2e/browser.mjs";
import { fakeNode } from "./node.mjs";

const fake = fakeNode("hq");
await new Promise((done) => fake.server.listen(0, "127.0.0.1", done));
const browser = await openBrowser();
const page = await openPage(browser, `http://127.0.0.1:${fake.server.address().port}/`);
const open = async (kind, id) => {
    await by(page, `rule-kind-${kind}`).click();
    await page.locator(`[data-testid=rule-row][data-id=${id}] a`).click();
    await by(page, "rule-page").waitFor();
};

try {
    await by(page, "login").fill("chen");
    await by(page, "password").fill("correct horse battery");
    await page.keyboard.press("Enter");
    await by(page, "nav-rules").click();

    // A new version: tried, changed, tried again, saved; the old one stays.
    await open("promotion", "r0");
    await by(page, "new-version").click();
    assert.equal(await by(page, "save-rule").isDisabled(), true);
    await by(page, "step-off").fill("60");
    await by(page, "try").click();
    await page.locator("[data-testid=preview][data-fresh=true]").waitFor();
    assert.equal(await by(page, "preview-cart").count(), 2);
    await by(page, "cap").fill("");
    await page.locator("[data-testid=preview][data-fresh=false]").waitFor();
    assert.equal(await by(page, "save-rule").isDisabled(), true);
    assert.match(await by(page, "rule-summary").innerText(), /每满300减60；每月 8\/18\/28 日/);

    // Looking elsewhere loses nothing.
    await by(page, "nav-today").click();
    await by(page, "hq-today").waitFor();
    await by(page, "nav-rules").click();
    await page.getByText("草稿").waitFor();
    await open("promotion", "r0");
    await by(page, "new-version").click();
    assert.equal(await by(page, "step-off").inputValue(), "60");
    assert.equal(await by(page, "cap").inputValue(), "");

    // Goods by name, with the keys of every list; Esc first closes the list and only then the page.
    await by(page, "scope-products-search").fill("保");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("listitem").filter({ hasText: "玻璃保鲜盒" }).waitFor();
    await by(page, "scope-products-search").fill("毛");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("option").count(), 0);
    await by(page, "rule-editor").waitFor();
    await by(page, "scope-categories").fill("收纳");
    await page.keyboard.press("Enter");
    assert.match(await by(page, "rule-summary").innerText(), /收纳类、玻璃保鲜盒/);

    // Steps: one is added in between, and taking one away moves nothing that was typed.
    await by(page, "each").uncheck();
    await by(page, "steps-add").click();
    await by(page, "steps-add").click();
    await by(page, "step-least").nth(1).fill("512");
    await by(page, "step-least").nth(2).fill("888.50");
    await by(page, "steps").getByRole("button", { name: "删去第 2 行" }).click();
    assert.deepEqual(await by(page, "step-least").evaluateAll((all) => all.map((each) => each.value)), ["300", "888.50"]);
    await by(page, "step-least").nth(1).fill("8x");
    await by(page, "unread").waitFor();
    assert.equal(await by(page, "try").isDisabled(), true);
    await by(page, "step-least").nth(1).fill("888.5");
    assert.equal(await by(page, "unread").count(), 0);

    // A kind that was turned away from is as it was left.
    await by(page, "kind").getByText("第 N 件").click();
    await by(page, "nth").fill("3");
    await by(page, "kind").getByText("满减").click();
    assert.equal(await by(page, "step-least").nth(1).inputValue(), "888.5");
    await by(page, "kind").getByText("第 N 件").click();
    assert.equal(await by(page, "nth").inputValue(), "3");
    await by(page, "kind").getByText("满减").click();

    // Refused: the reason stands beside the field.
    await by(page, "step-off").first().fill("500");
    await by(page, "try").click();
    await page.locator("[data-place=kind] [data-code='promotion.pays_out']").waitFor();
    await by(page, "step-off").first().fill("60");
    await by(page, "rule-name").fill("冲突");
    await by(page, "try").click();
    await by(page, "conflict").waitFor();
    assert.equal(await by(page, "save-rule").isDisabled(), true);
    await by(page, "rule-name").fill("会员日满减");
    await by(page, "begins").getByText("指定时间").click();
    await by(page, "begins-at").fill("2020-01-01T08:00");
    await by(page, "try").click();
    await page.locator("[data-testid=preview][data-fresh=true]").waitFor();
    await by(page, "save-rule").click();
    await refused(page, "rule.too_early");
    await by(page, "begins").getByText("保存后立即").click();
    await by(page, "save-rule").click();
    await by(page, "saved").waitFor();
    assert.equal(await by(page, "version-row").count(), 2);

    // Esc is one step back; the language may change under a form without changing a figure.
    await by(page, "new-version").click();
    await by(page, "rule-editor").waitFor();
    await page.keyboard.press("Escape");
    await by(page, "rule-page").waitFor();
    await page.keyboard.press("Escape");
    await by(page, "hq-rules").waitFor();
    await open("promotion", "r1");
    await by(page, "new-version").click();
    assert.equal(await by(page, "step-share").first().inputValue(), "9");
    await page.getByText("English").click();
    assert.equal(await by(page, "step-share").first().inputValue(), "90");
    assert.equal(await by(page, "drop-draft").count(), 0, "nothing was changed");
    await page.getByText("中文").click();

    // Every other kind opens, and what is not touched is no change.
    for (const [kind, id] of [["coupon", "r8"], ["coupon", "r9"], ["tiers", "r10"], ["points", "r11"], ["card_type", "r12"], ["tenders", "r13"], ["refunds", "r14"], ["card_law", "r15"]]) {
        await by(page, "nav-rules").click();
        await open(kind, id);
        await by(page, "new-version").click();
        await by(page, "rule-editor").waitFor();
        await page.waitForTimeout(100);
        assert.equal(await by(page, "drop-draft").count(), 0, `${kind} ${id} changed by itself`);
    }
    for (const kind of ["rounding", "tax"]) {
        await by(page, "nav-rules").click();
        await by(page, `rule-kind-${kind}`).click();
        await by(page, "new-rule").click();
        await by(page, "rule-editor").waitFor();
    }
    await by(page, "tax-rates-add").click();
    await by(page, "tax-category").fill("图书");
    await by(page, "tax-rates-add").click();
    await by(page, "tax-category").nth(1).fill("粮油");
    assert.match(await by(page, "rule-summary").innerText(), /图书 9 %、粮油 9 %/);

    // Coupons in bulk.
    await by(page, "nav-rewards").click();
    await by(page, "issue-coupons").click();
    await by(page, "batch-name").fill("双十二");
    await by(page, "batch-kind").selectOption({ index: 1 });
    assert.equal(await by(page, "issue-go").isDisabled(), true, "nobody said yes yet");
    await by(page, "sure").check();
    await by(page, "batch-tier").selectOption({ index: 1 });
    assert.equal(await by(page, "sure").isChecked(), false);
    await by(page, "to-codes").check();
    await by(page, "batch-count").fill("3");
    await by(page, "issue-go").click();
    await by(page, "issue-done").waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), by(page, "download").click()]);
    assert.equal(download.suggestedFilename(), "双十二.csv");
    assert.equal((await readFile(await download.path(), "utf8")).split("\r\n").length, 5);
    await by(page, "issue-close").click();
    assert.equal(await by(page, "batch-row").count(), 2);

    // Counted, asked, written.
    await by(page, "rewards-members").click();
    await by(page, "expiry-count").click();
    await by(page, "expiry-write").click();
    await by(page, "expiry-ask").waitFor();
    await by(page, "expiry-confirm").click();
    await by(page, "expiry-written").waitFor();
    assert.equal(await by(page, "expiry-write").count(), 0);
    assert.deepEqual(page.wrongs, []);
    console.log("rules: ok");
} finally {
    await browser.close();
    fake.server.closeAllConnections();
    fake.server.close();
}
