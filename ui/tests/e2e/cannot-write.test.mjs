/// A server whose disk is full says so on every page of the console, for as long as it lasts (E6). The real server's own word for it
/// is held by its tests; here a canned one says it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fakeNode } from "../fake/node.mjs";
import { by, openBrowser, openPage, picture } from "./browser.mjs";
import { go } from "./hq.mjs";

const FULL = { state: "stopped", why: "machine" };
let browser, fake, page;
before(async () => {
    fake = fakeNode("hq");
    await new Promise((done) => fake.server.listen(0, "127.0.0.1", done));
    browser = await openBrowser();
    page = await openPage(browser, `http://127.0.0.1:${fake.server.address().port}/`);
    await by(page, "login").fill("chen");
    await by(page, "password").fill("correct horse battery");
    await page.keyboard.press("Enter");
    await by(page, "store-row").first().waitFor();
});
after(async () => {
    await browser?.close();
    fake?.server.closeAllConnections();
    fake?.server.close();
});

const says = (link) => ((fake.state.link = link), fake.changed());

test("a full disk is said at once, whatever page is open, until there is room again", async () => {
    const banner = by(page, "hq-cannot-write");
    assert.equal(await banner.count(), 0);
    says(FULL);
    await banner.waitFor();
    assert.equal(await banner.getAttribute("role"), "alert");
    assert.match(await banner.innerText(), /磁盘满了.*收银照常.*没有丢.*腾出空间/);
    await picture(page, "hq-cannot-write");
    for (const job of ["rules", "devices"]) {
        await go(page, job);
        assert.ok(await banner.isVisible(), job);
    }
    await by(page, "language").click();
    await banner.getByText("cannot write").waitFor();
    await picture(page, "hq-cannot-write-en");
    says({ state: "online" });
    await banner.waitFor({ state: "detached" });
    assert.deepEqual(page.wrongs, []);
});

test("a line that is down is no full disk", async () => {
    says({ state: "offline" });
    await go(page, "today");
    await by(page, "store-row").first().waitFor();
    assert.equal(await by(page, "hq-cannot-write").count(), 0);
});
