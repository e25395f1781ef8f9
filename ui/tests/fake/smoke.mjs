/// A quick look at what only a browser can show, on the canned node: a whole sale without a mouse, and a scan in the middle
/// of a word that an input method is composing.
///
///   npm run build && node tests/fake/smoke.mjs

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { fakeNode } from "./node.mjs";
import { ring, scan, signIn } from "./scenes.mjs";

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function smoke(name, play) {
    const fake = fakeNode("till");
    await new Promise((done) => fake.server.listen(0, "127.0.0.1", done));
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${fake.server.address().port}`);
    await play(page, fake);
    assert.deepEqual(errors, []);
    console.log(`ok  ${name}`);
    await context.close();
    fake.server.closeAllConnections();
    fake.server.close();
}

const text = (page, id) => page.getByTestId(id).textContent();

await smoke("a five-line member sale without a mouse", async (page, fake) => {
    await signIn(page);
    await ring(page, fake);
    await page.keyboard.press("NumpadDivide");
    await page.keyboard.type("13666667777", { delay: 50 });
    await page.getByTestId("register-row").waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("member-new").waitFor();
    await page.keyboard.press("NumpadAdd");
    await page.getByTestId("payment").waitFor();
    await page.keyboard.type("500", { delay: 50 });
    await page.keyboard.press("Enter");
    await page.getByTestId("done").waitFor();
    assert.match(await text(page, "receipt-no"), /^NJX-2-/);
    await page.keyboard.press("Enter");
    await page.getByTestId("cart-empty").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "scan-box");
});

await smoke("a scan while an input method composes", async (page, fake) => {
    await signIn(page);
    const cdp = await page.context().newCDPSession(page);
    // Half a word of pinyin stands underlined in the box.
    await cdp.send("Input.imeSetComposition", { text: "mao", selectionStart: 3, selectionEnd: 3 });
    assert.equal(await page.getByTestId("scan-box").inputValue(), "mao");
    // The scanner's keys arrive as the input method leaves them: place only, key code 229.
    for (const digit of fake.goods[0].barcode) {
        await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "Process", code: `Digit${digit}`, windowsVirtualKeyCode: 229 });
        await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Process", code: `Digit${digit}`, windowsVirtualKeyCode: 229 });
    }
    await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "Process", code: "Enter", windowsVirtualKeyCode: 229 });
    await page.getByTestId("cart-line").waitFor();
    assert.equal(await page.getByTestId("scan-box").inputValue(), "");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "scan-box");
    await page.keyboard.type("x");
    assert.equal(await page.getByTestId("scan-box").inputValue(), "x");
});

await smoke("signs of the main keyboard are characters, those of the keypad commands", async (page, fake) => {
    await signIn(page);
    await ring(page, fake, 2);
    await page.keyboard.type("+-/", { delay: 60 });
    assert.equal(await page.getByTestId("scan-box").inputValue(), "+-/");
    await page.keyboard.press("Escape");
    await page.keyboard.press("NumpadSubtract");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=cart-line]").length === 1);
    await page.keyboard.press("NumpadAdd");
    await page.getByTestId("payment").waitFor();
});

await smoke("rapid scans, a slow node", async (page, fake) => {
    await signIn(page);
    fake.state.slowMs = 60;
    for (const product of fake.goods.slice(0, 8)) await scan(page, product.barcode);
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=cart-line]").length === 8);
    const codes = await page.getByTestId("cart-line").evaluateAll((rows) => rows.map((row) => row.dataset.barcode));
    assert.deepEqual(codes, fake.goods.slice(0, 8).map((product) => product.barcode));
    await page.waitForFunction(() => document.querySelector("[data-testid=cart]").dataset.revision === "8");
});

await smoke("codes while paying: a coupon, a card, goods; what was typed stays typed", async (page, fake) => {
    await signIn(page);
    await ring(page, fake, 5);
    await page.keyboard.press("NumpadAdd");
    await page.getByTestId("offer").first().waitFor();
    await page.keyboard.type("12", { delay: 60 });
    // Digits that came just before a code's are taken for the code's own beginning.
    await page.waitForTimeout(1100);
    await scan(page, "6901234500000");
    await page.getByTestId("scanned-while-paying").waitFor();
    assert.equal(await text(page, "given"), "12");
    await page.waitForTimeout(1100);
    await scan(page, "8800000000001234");
    await page.getByTestId("entered").waitFor();
    assert.match(await text(page, "entered"), /12\.00/);
    await scan(page, "HC0123456789ABCDEFGH");
    await page.getByTestId("cart-coupon").waitFor();
    assert.equal(await page.getByTestId("entered").count(), 1);
    await scan(page, "HC0123456789ABCDEFGH");
    await page.locator("[data-code='coupon.twice']").waitFor();
    assert.equal(await page.getByTestId("scan-box").inputValue(), "");
    await page.keyboard.type("5");
    assert.equal(await page.locator("[data-code='coupon.twice']").count(), 0);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByTestId("payment").waitFor({ state: "detached" });
    await page.keyboard.press("NumpadAdd");
    await page.getByTestId("entered").waitFor();
    await page.keyboard.press("Delete");
    await page.getByTestId("entered").waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await page.getByTestId("done").waitFor();
});

await smoke("a price with a manager's PIN, the focus back in the box", async (page, fake) => {
    await signIn(page, "2001");
    await ring(page, fake, 2);
    await page.keyboard.press("F4");
    await page.getByTestId("price-dialog").waitFor();
    await page.keyboard.press("F4");
    await page.keyboard.type("1.5");
    await page.keyboard.press("Alt+1");
    await page.keyboard.press("Enter");
    await page.getByTestId("approver").first().waitFor();
    await page.keyboard.type("1001");
    await page.keyboard.press("Enter");
    await page.getByTestId("price-dialog").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.id), "scan-box");
    await page.keyboard.press("F8");
    await page.getByTestId("coupons-dialog").waitFor();
    await page.keyboard.press("F8");
    await page.getByTestId("coupons-dialog").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.id), "scan-box");
});

await smoke("language and theme stay", async (page) => {
    await page.getByTestId("language").click();
    await page.getByTestId("theme").click();
    await page.reload();
    await page.getByTestId("pin-pad").waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await page.waitForFunction(() => document.documentElement.dataset.ready === "pin");
});

await browser.close();
