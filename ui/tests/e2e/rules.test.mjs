/// Rules changed at head office reach the tills: tried on real sales, saved, and in the next cart (C5, G3, A9).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { by, openBrowser, openPage, picture, refused } from "./browser.mjs";
import { Chain, until } from "./chain.mjs";
import { go, nameFirstAdmin, saveRule, toRules, tryRule } from "./hq.mjs";

let chain, browser, a, page;
before(async () => {
    chain = await Chain.start();
    a = await chain.joined("a", chain.code("HB"));
    await a.desk.signIn();
    browser = await openBrowser();
    page = await openPage(browser, chain.console);
    await by(page, "first-admin").waitFor();
    await nameFirstAdmin(page, chain.server.first_admin_code);
    await by(page, "hq-today").waitFor();
});
after(async () => {
    assert.deepEqual(page?.wrongs ?? [], []);
    await browser?.close();
    await chain?.stop();
});

async function ring() {
    const [product] = await a.desk.goods(1);
    await a.desk.rpc("cart.clear", {});
    return (await a.desk.rpc("cart.enter", { text: product.barcode })).cart;
}

test("a promotion is refused beside its field, tried on real sales, saved, and taken off at the till", async () => {
    const cart = await ring();
    const tenders = [{ kind: "cash", given_fen: cart.totals.due_fen }];
    await a.desk.rpc("sale.pay", { cart_id: cart.id, revision: cart.revision, tenders });
    await until("the sale is at head office", async () => (await a.desk.rpc("status.get", {})).sync.unsent === 0);

    await go(page, "rules");
    await picture(page, "hq-rules");
    await by(page, "new-rule").click();
    await by(page, "rule-name").fill("开业立减");
    await by(page, "step-least").fill("1");
    await by(page, "step-off").fill("2");
    await by(page, "try").click();
    await page.locator("[data-place=kind] [data-code='promotion.pays_out']").waitFor();
    await by(page, "step-least").fill("0");
    await by(page, "step-off").fill("1");
    await tryRule(page);
    await picture(page, "hq-rule-preview");
    await saveRule(page);
    assert.equal(await by(page, "version-row").count(), 1);
    await until("the till has the promotion", async () => (await ring()).lines[0].reasons.some((reason) => reason.label === "开业立减"));

    // The next version takes its place; the first is kept.
    await by(page, "switch-rule").click();
    assert.equal(await by(page, "enabled").isChecked(), false);
    await tryRule(page);
    await saveRule(page);
    assert.equal(await by(page, "version-row").count(), 2);
    await until("the till has lost it", async () => !(await ring()).lines[0].reasons.some((reason) => reason.label === "开业立减"));
});

test("a name that is taken and a start in the past are refused, and the form is kept", async () => {
    await toRules(page, "tenders");
    const some = (await by(page, "rule-row").count()) > 0;
    if (some) {
        await by(page, "rule-row").locator("a").click();
        await by(page, "new-version").click();
    } else {
        await by(page, "new-rule").click();
    }
    await by(page, "tenders-add").click();
    await by(page, "tender-name").last().fill("支票");
    await by(page, "begins").getByText("指定时间").click();
    await by(page, "begins-at").fill("2020-01-01T08:00");
    await by(page, "save-rule").click();
    await refused(page, "rule.too_early");
    assert.equal(await by(page, "tender-name").last().inputValue(), "支票");
    await by(page, "begins").getByText("保存后立即").click();
    await saveRule(page);
});

test("codes are issued in bulk and can be kept", async () => {
    await toRules(page, "coupon");
    await by(page, "new-rule").click();
    await by(page, "rule-name").fill("开业 5 元券");
    await by(page, "step-least").fill("0");
    await by(page, "step-off").fill("5");
    await tryRule(page);
    await picture(page, "hq-coupon-preview");
    await saveRule(page);
    await go(page, "rewards");
    await by(page, "issue-coupons").click();
    await by(page, "batch-name").fill("开业");
    await by(page, "batch-kind").selectOption({ label: "开业 5 元券" });
    await by(page, "to-codes").check();
    await by(page, "batch-count").fill("20");
    await by(page, "issue-go").click();
    await by(page, "batch-codes").first().click();
    await page.waitForFunction(() => document.querySelector("[data-testid=codes]")?.value !== "");
    const codes = (await by(page, "codes").inputValue()).split("\n");
    assert.equal(new Set(codes).size, 20);
    await by(page, "codes-close").click();
    await by(page, "batch-row").first().waitFor();
    await picture(page, "hq-batches");
});

test("what lapses and what moves is counted before it is written", async () => {
    await by(page, "rewards-members").click();
    for (const sweep of ["expiry", "review", "bonus"]) {
        await by(page, `${sweep}-count`).click();
        await page.waitForFunction((id) => !document.querySelector(`[data-testid=${id}-count]`).disabled, sweep);
        assert.equal(await by(page, sweep).locator("[data-testid=error][data-code]:not([data-code=''])").count(), 0, sweep);
    }
    await picture(page, "hq-sweeps");
});
