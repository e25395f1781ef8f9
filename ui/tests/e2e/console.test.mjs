/// Head office's console in a browser, with two tills at work.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { atTheBox, by, openBrowser, openPage, picture, refused, type } from "./browser.mjs";
import { Chain, until } from "./chain.mjs";
import { LOGIN, go, nameFirstAdmin } from "./hq.mjs";

let chain, browser, a, silent, page;
before(async () => {
    chain = await Chain.start();
    a = await chain.joined("a", chain.code("HB"));
    // Long silent by the time that somebody looks at it.
    silent = await chain.joined("silent", chain.code("QN"));
    silent.line.cut();
    for (const till of [a, silent]) await till.desk.signIn();
    await sell(silent);
    browser = await openBrowser();
    page = await openPage(browser, chain.console);
});
after(async () => {
    assert.deepEqual(page?.wrongs ?? [], []);
    await browser?.close();
    await chain?.stop();
});

/** Sells one piece without a till's window: the console is what is tested here. */
async function sell({ desk } = a) {
    const [product] = await desk.goods(1);
    const { cart } = await desk.rpc("cart.enter", { text: product.barcode });
    const tenders = [{ kind: "cash", given_fen: cart.totals.due_fen }];
    return await desk.rpc("sale.pay", { cart_id: cart.id, revision: cart.revision, tenders });
}

test("the first administrator is made with the printed code, once", async () => {
    await by(page, "first-admin").waitFor();
    await picture(page, "hq-first-admin");
    await nameFirstAdmin(page, "not-the-code-at-all", LOGIN.password);
    await refused(page, "first_admin.code_wrong");
    await nameFirstAdmin(page, chain.server.first_admin_code, "1111111111");
    await refused(page, "password.weak");
    await nameFirstAdmin(page, chain.server.first_admin_code);
    await by(page, "hq-today").waitFor();
    const other = await openPage(browser, chain.console);
    await by(other, "login").waitFor();
    assert.equal(await by(other, "first-admin").count(), 0, "the code is used up and the door to it gone");
    await other.context().close();
});

test("a wrong password says so, the right one opens", async () => {
    await by(page, "sign-out").click();
    await by(page, "login").fill(LOGIN.login);
    await by(page, "password").fill("something else");
    await by(page, "sign-in").click();
    await refused(page, "password.wrong");
    await by(page, "password").fill(LOGIN.password);
    await page.keyboard.press("Enter");
    await by(page, "hq-today").waitFor();
});

test("today's figures follow a sale at a till", async () => {
    await go(page, "today");
    const row = page.locator('[data-testid="store-row"][data-code="HB"]');
    await row.waitFor();
    const count = row.getByTestId("figure-sales");
    const before = Number((await count.innerText()).replace(",", ""));
    const sale = await sell();
    await until("the figure grows by itself", async () => Number((await count.innerText()).replace(",", "")) === before + 1);
    await picture(page, "hq-today");
    await count.click();
    await page.locator(`[data-testid="sale-row"][data-receipt="${sale.receipt_no}"]`).waitFor();
    await picture(page, "hq-sales");
    await by(page, "back").click();
});

test("a member is found, in full and with purchases", async () => {
    await go(page, "members");
    await by(page, "member-box").fill("王");
    await by(page, "hit").first().click();
    await by(page, "member-page").waitFor();
    assert.match(await by(page, "page-phone").innerText(), /^1\d\d \d{4} \d{4}$/);
    await picture(page, "hq-member");
});

test("points are given by hand, after a second look", async () => {
    await page.keyboard.press("Alt+j");
    const figure = (text) => Number(text.replace(/[^\d-]/g, ""));
    await by(page, "adjust-points").waitFor();
    const balance = async () => figure(await by(page, "page-points").innerText());
    const before = await balance();
    await by(page, "adjust-points").fill("250");
    await by(page, "adjust-reason").fill("活动补发");
    await page.keyboard.press("Enter");
    await by(page, "adjust-check").waitFor();
    await picture(page, "hq-adjust");
    await page.keyboard.press("Enter");
    await page.locator('[data-testid="ledger-row"][data-what="adjusted"]').first().waitFor();
    await until("the member has them", async () => (await balance()) === before + 250);
});

test("goods are given a brand and a tag, and a till sells by them", async () => {
    await go(page, "goods");
    await by(page, "add-goods").click();
    await by(page, "edit-name").fill("竹炭香皂");
    await by(page, "edit-price").fill("9.90");
    await by(page, "edit-brand").fill("和家");
    await by(page, "edit-tags").fill("清仓");
    await page.keyboard.press("Enter");
    await picture(page, "hq-goods-edit");
    await by(page, "edit-save").click();
    await page.locator('[data-testid="goods-row"]', { hasText: "清仓" }).waitFor();
    await picture(page, "hq-goods");
    await until("the till has them", async () => {
        const { products } = await a.desk.rpc("product.search", { text: "竹炭香皂" });
        return products.some((each) => each.brand === "和家" && each.tags.includes("清仓"));
    });
});

test("a store is added, with a code that nobody else has", async () => {
    await go(page, "stores");
    await by(page, "add-store").click();
    await by(page, "store-name").fill("滨河路店");
    await by(page, "store-code").fill("hb");
    await by(page, "store-save").click();
    await refused(page, "store_code.taken");
    await by(page, "store-code").fill("BH");
    await by(page, "store-save").click();
    await page.locator('[data-testid="store-row"][data-code="BH"]').waitFor();
    await picture(page, "hq-stores");
});

test("a colleague added here signs in at the till", async () => {
    await go(page, "staff");
    await by(page, "add-staff").click();
    await by(page, "staff-name").fill("陈立新");
    await by(page, "staff-role").selectOption("cashier");
    await by(page, "staff-store").selectOption({ index: await choiceOf("staff-store", "湖滨路店") });
    await by(page, "staff-pin").fill("13");
    await by(page, "staff-pin").fill("5813");
    await by(page, "staff-save").click();
    await page.locator('[data-testid="staff-row"]', { hasText: "陈立新" }).waitFor();
    await picture(page, "hq-staff");
    const person = await until("the till knows the colleague", async () => {
        const { staff } = await a.desk.rpc("session.staff");
        return staff.find((each) => each.name === "陈立新");
    });
    const window = await openPage(browser, a.url);
    await window.locator(`[data-testid="staff"][data-id="${person.id}"]`).click();
    await type(window, "5813");
    await window.keyboard.press("Enter");
    await by(window, "scan-box").waitFor();
    await window.context().close();
});

/** The place of a store in a choice, once the choice has its stores. */
async function choiceOf(testid, store) {
    const options = by(page, testid).locator("option");
    await options.filter({ hasText: store }).waitFor({ state: "attached" });
    return (await options.allInnerTexts()).findIndex((name) => name.includes(store));
}

test("a code made here lets a new till in", async () => {
    await go(page, "devices");
    await by(page, "enrol").click();
    await by(page, "enrol-store").selectOption({ index: await choiceOf("enrol-store", "和平街店") });
    await by(page, "make-code").click();
    const code = await by(page, "made-code").inputValue();
    assert.match(code, /^HEFU-/);
    await picture(page, "hq-enrol");
    await by(page, "enrol-close").click();
    const b = await chain.joined("b", code);
    assert.equal((await b.desk.rpc("status.get")).store.code, "HP");
    await page.locator('[data-testid="device-row"]', { hasText: "和平街店" }).waitFor();
});

test("devices show who is there, who has been silent, and what they have not sent", async () => {
    await go(page, "devices");
    const there = page.locator('[data-testid="device-row"]', { hasText: "湖滨路店" });
    await there.waitFor();
    assert.equal(await there.getAttribute("data-online"), "true");
    assert.equal(await there.getAttribute("data-unsent"), "0");
    // A minute of silence counts, and the page looks again by itself.
    const row = page.locator('[data-testid="device-row"][data-online="false"]', { hasText: "青年路店" });
    await row.waitFor({ timeout: 120_000 });
    // It has sold since: what it last said is not what is so now, and the page says of when it is.
    assert.equal((await silent.desk.rpc("status.get")).sync.unsent, 1);
    const unsent = row.getByTestId("device-unsent");
    assert.match(await unsent.innerText(), /^(\d\d\/\d\d )?\d\d:\d\d 时为 0，之后没有联系$/);
    assert.equal(await there.getByTestId("device-unsent").innerText(), "0");
    await picture(page, "hq-devices");
    await by(page, "language").click();
    await unsent.getByText("not heard since").waitFor();
    assert.match(await unsent.innerText(), /^0 as of (\d\d\/\d\d,? )?\d\d:\d\d; not heard since$/);
    await picture(page, "hq-devices-en");
    await by(page, "language").click();
});

test("a revoked till says so, sells no more, and shows what it has", async () => {
    const window = await openPage(browser, a.url);
    await atTheBox(window);
    await go(page, "devices");
    await page.locator('[data-testid="device-row"]', { hasText: "湖滨路店" }).getByTestId("revoke").click();
    await by(page, "revoke-reason").fill("被盗");
    await by(page, "revoke-yes").click();
    const row = page.locator('[data-testid="device-row"][data-revoked="true"]');
    await row.waitFor();
    assert.match(await row.getByTestId("revoked-why").innerText(), /被盗 · 周敏/);
    await by(window, "revoked").waitFor({ timeout: 60_000 });
    await by(window, "not-selling").waitFor();
    assert.equal(await by(window, "scan-box").count(), 0);
    await picture(window, "revoked");
    await picture(page, "hq-revoked");
    await assert.rejects(a.desk.rpc("cart.enter", { text: "1" }), { code: "device.revoked" });
    await window.keyboard.press("F11");
    await by(window, "sale-row").first().waitFor();
    assert.deepEqual(window.wrongs, []);
    await window.context().close();
});

test("head office has a second administrator, who changes the password and is let go", async () => {
    await go(page, "staff");
    await by(page, "add-staff").click();
    await by(page, "staff-name").fill("林晓");
    await by(page, "staff-role").selectOption("admin");
    await by(page, "staff-login").fill("lin.xiao");
    await by(page, "staff-password").fill("maple-window-17");
    await by(page, "staff-save").click();
    const row = (text) => page.locator('[data-testid="staff-row"]', { hasText: text });
    await row("林晓").waitFor();
    await picture(page, "hq-staff-two");

    const other = await openPage(browser, chain.console);
    await by(other, "login").fill("lin.xiao");
    await by(other, "password").fill("maple-window-17");
    await by(other, "sign-in").click();
    await by(other, "change-password").click();
    await by(other, "secret-old").fill("maple-window-17");
    await by(other, "secret-new").fill("maple-window-18");
    await by(other, "secret-again").fill("maple-window-18");
    await by(other, "secret-save").click();
    await by(other, "secret-done").waitFor();
    await by(other, "secret-close").click();

    await row("林晓").locator('[data-testid="edit-staff"]').click();
    await by(page, "staff-active").uncheck();
    await by(page, "staff-save").click();
    await row("林晓").getByText(/已停用/).waitFor();
    // Nothing is clicked there: the page goes by itself when its person may no longer be in.
    await by(other, "login").waitFor();
    await other.context().close();
    await row("周敏").locator('[data-testid="edit-staff"]').click();
    await by(page, "staff-active").uncheck();
    await by(page, "staff-save").click();
    await refused(page, "staff.last_admin");
    await page.keyboard.press("Escape");
});
