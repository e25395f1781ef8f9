/// Whoever is in no more, and did not sign out, is told why where they sign in again (F1, G4).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { atTheBox, by, line, openBrowser, openPage, picture, scan } from "./browser.mjs";
import { Chain, Desk } from "./chain.mjs";

const LOGIN = { login: "zhou.min", password: "pine-lantern-42" };
let chain, browser, till, goods;
before(async () => {
    chain = await Chain.start({ enrol: ["HB"] });
    till = await chain.joined("a", chain.code("HB"));
    await till.desk.signIn();
    goods = await till.desk.goods(1);
    browser = await openBrowser();
});
after(async () => {
    await browser?.close();
    await chain?.stop();
});

/** The one notice of the page, by its reason. */
async function told(page, why) {
    const notice = page.locator(`[data-testid="signed-out"][data-why="${why}"]`);
    await notice.waitFor();
    return notice;
}

test("a PIN changed elsewhere says so, and what lay on the counter; nothing is said once one is in, or goes by oneself", async () => {
    const page = await openPage(browser, till.url);
    await by(page, "pin-pad").waitFor();
    assert.equal(await by(page, "signed-out").count(), 0);
    await atTheBox(page);
    await scan(page, goods[0].barcode);
    await line(page, goods[0].barcode);
    await till.desk.rpc("session.change_secret", { old: "1001", new: "864209" });
    assert.match(await (await told(page, "secret_changed")).innerText(), /PIN/);
    assert.equal(await by(page, "lost-cart").getAttribute("data-lost"), "cart");
    await picture(page, "signed-out-pin");
    await atTheBox(page, "店长", "864209");
    await by(page, "cart-empty").waitFor();
    await page.keyboard.press("Alt+KeyQ");
    await by(page, "pin-pad").waitFor();
    assert.equal(await by(page, "signed-out").count(), 0, "by one's own doing");
    await atTheBox(page, "店长", "864209");

    // With nothing on the counter nothing was lost.
    await till.desk.rpc("session.change_secret", { old: "864209", new: "1001" });
    await told(page, "secret_changed");
    assert.equal(await by(page, "lost-cart").count(), 0);
    assert.deepEqual(page.wrongs, []);
    await page.context().close();
});

test("a till that was started again says so, and that the cart is gone", async () => {
    const page = await openPage(browser, till.url);
    await atTheBox(page);
    await scan(page, goods[0].barcode);
    await line(page, goods[0].barcode);
    await till.end();
    till = await chain.till("a", till.line, Number(new URL(till.url).port));
    await told(page, "restarted");
    await by(page, "lost-cart").waitFor();
    await picture(page, "signed-out-restarted");
    await atTheBox(page);
    await by(page, "cart-empty").waitFor();
    assert.deepEqual(page.wrongs, []);
    await page.context().close();
});

test("head office says it too", async () => {
    const hq = new Desk(chain.console);
    await hq.rpc("session.first_admin", { code: chain.server.first_admin_code, name: "周敏", ...LOGIN });
    const page = await openPage(browser, chain.console);
    await by(page, "login").fill(LOGIN.login);
    await by(page, "password").fill(LOGIN.password);
    await page.keyboard.press("Enter");
    await by(page, "hq-today").waitFor();
    await hq.rpc("session.change_secret", { old: LOGIN.password, new: "maple-window-18" });
    assert.match(await (await told(page, "secret_changed")).innerText(), /周敏/);
    await picture(page, "signed-out-hq");
    await by(page, "login").fill(LOGIN.login);
    await by(page, "password").fill("maple-window-18");
    await page.keyboard.press("Enter");
    await by(page, "hq-today").waitFor();
    await by(page, "sign-out").click();
    await by(page, "login").waitFor();
    assert.equal(await by(page, "signed-out").count(), 0);
    assert.deepEqual(page.wrongs, []);
    await page.context().close();
});
