import { test } from "node:test";
import { atTheBox, by, openBrowser, openPage, scan } from "/work/main/ui/tests/e2e/browser.mjs";
import { Chain } from "/work/main/ui/tests/e2e/chain.mjs";
test("x", async () => {
    const chain = await Chain.start({ enrol: ["HB"] });
    const till = await chain.joined("a", chain.code("HB"));
    console.log((await till.desk.rpc("session.staff")).staff.map(s => s.role + s.name));
    await till.desk.signIn();
    const goods = await till.desk.goods(5);
    const browser = await openBrowser();
    for (let i = 0; i < 6; i++) {
        const page = await openPage(browser, till.url);
        page.on("response", async r => { if (r.url().includes("/rpc/") && !r.url().includes("watch")) console.log(i, r.url().split("/").pop(), r.status()); });
        await atTheBox(page);
        await scan(page, goods[0].barcode);
        try { await page.locator(`[data-testid="cart-line"]`).waitFor({ timeout: 3000 }); console.log(i, "ok"); }
        catch { console.log(i, "NO", await by(page, "scan-box").inputValue(), await page.evaluate(() => document.activeElement.outerHTML.slice(0, 80))); await page.screenshot({ path: `/tmp/dbg${i}.png` }); }
        await page.keyboard.press("F1");
        await by(page, "help").waitFor().catch(() => console.log("no help"));
        console.log((await by(page, "help").locator("dt").allInnerTexts()).slice(0, 5));
        await page.context().close();
    }
    await browser.close(); await chain.stop();
});
