/// What stops sync: each a state that the till's screen names, with what happened and an action, while selling goes on
/// (E5, F4, F6, I11). The servers and tills are real, and so is what happens to them.

import assert from "node:assert/strict";
import { cpSync, renameSync, rmSync } from "node:fs";
import { after, before, test } from "node:test";
import { atTheBox, by, line, openBrowser, openPage, picture, scan } from "./browser.mjs";
import { Chain, Desk, agree, behind, until } from "./chain.mjs";

const LOGIN = { login: "zhou.min", name: "周敏", password: "pine-lantern-42" };
const ACTIONS = ["retry", "rejoin"];
let chain, browser, hq, goods, a, b;
before(async () => {
    chain = await Chain.start();
    [a, b] = await Promise.all([chain.joined("a", chain.code("HB")), chain.joined("b", chain.code("QN"))]);
    await a.desk.signIn();
    goods = await a.desk.goods(1);
    await new Desk(chain.console).rpc("session.first_admin", { code: chain.server.first_admin_code, ...LOGIN });
    browser = await openBrowser();
    a.page = await atTill(a);
    hq = await openPage(browser, chain.console);
    await by(hq, "login").fill(LOGIN.login);
    await by(hq, "password").fill(LOGIN.password);
    await hq.keyboard.press("Enter");
    await by(hq, "hq-today").waitFor();
});
after(async () => {
    for (const page of [a?.page, b?.page, hq]) assert.deepEqual(page?.wrongs ?? [], []);
    await browser?.close();
    await chain?.stop();
});

async function atTill(till, ...who) {
    const page = await openPage(browser, till.url);
    await atTheBox(page, ...who);
    return page;
}

/** One piece for cash, through the window; gives the receipt's number. */
async function sell(page) {
    await scan(page, goods[0].barcode);
    await line(page, goods[0].barcode);
    await page.keyboard.press("NumpadAdd");
    await by(page, "cash").first().waitFor();
    await page.keyboard.press("Enter");
    await by(page, "done").waitFor();
    const receipt = await by(page, "receipt-no").innerText();
    await page.keyboard.press("Enter");
    await by(page, "cart-empty").waitFor();
    return receipt;
}

/** The same without a window. */
async function sellAt({ desk }) {
    const { cart } = await desk.rpc("cart.enter", { text: goods[0].barcode });
    const tenders = [{ kind: "cash", given_fen: cart.totals.due_fen }];
    await desk.rpc("sale.pay", { cart_id: cart.id, revision: cart.revision, tenders });
}

const unsent = (page) => by(page, "unsent").getAttribute("data-n");
const sent = (page) => page.locator('[data-testid="unsent"][data-n="0"]').waitFor();
const online = (page) => page.locator('[data-testid="link-state"][data-state="online"]').waitFor();

/** The bar names the stop. */
async function stopped(page, name) {
    await by(page, "link-state").getByText(`同步已停：${name}`, { exact: true }).waitFor();
}

/** The panel names it too, says what happened and what to do, and has these actions and no other. Leaves it open. */
async function explained(page, name, words, actions) {
    await page.keyboard.press("Alt+KeyS");
    await by(page, "sync-panel").waitFor();
    assert.equal(await by(page, "sync-state").innerText(), `同步已停：${name}`);
    const about = await by(page, "sync-about").innerText();
    for (const word of words) assert.ok(about.includes(word), `${word}: ${about}`);
    for (const action of ACTIONS) {
        assert.equal(await by(page, action).count(), actions.includes(action) ? 1 : 0, action);
    }
    for (const action of [...actions, "sync-close"]) {
        assert.ok(await by(page, action).isEnabled(), action);
        const { x, width } = await by(page, action).boundingBox();
        const dialog = await by(page, "sync-panel").boundingBox();
        assert.ok(x > dialog.x && x + width < dialog.x + dialog.width, `${action} is whole`);
    }
}

async function closed(page) {
    await page.keyboard.press("Escape");
    await by(page, "sync-panel").waitFor({ state: "detached" });
}

test("another server at the server's address is named, selling goes on, and sync too once the right one is back", async () => {
    const { page, line } = a;
    await online(page);
    line.lead(await chain.stranger());
    await stopped(page, "证书不符");
    await sell(page);
    assert.equal(await unsent(page), "1");
    await picture(page, "stop-certificate-bar");
    await explained(page, "证书不符", ["证书", "收银照常", "账都在本机", "联系总部", "重试"], ["retry"]);
    await picture(page, "stop-certificate");
    // Trying by hand trusts the stranger no more than before.
    await by(page, "retry").click();
    await page.locator('[data-testid="retry"]:enabled').waitFor();
    assert.equal(await by(page, "sync-state").innerText(), "同步已停：证书不符");
    await closed(page);
    line.lead(chain.port);
    await online(page);
    await sent(page);
});

test("a server of a later version is named, selling goes on, and sync too when both understand each other", async () => {
    const { page, line } = a;
    line.lead(await chain.newer());
    await stopped(page, "程序要更新");
    await sell(page);
    assert.equal(await unsent(page), "1");
    await explained(page, "程序要更新", ["版本不同", "更新", "收银照常", "账都在本机"], ["retry"]);
    await picture(page, "stop-newer");
    line.lead(chain.port);
    await by(page, "retry").click();
    await online(page);
    await sent(page);
    await closed(page);
});

const OTHERS = [
    ["rubbish", 200, "<html>欢迎使用本商场的无线网络</html>", "不是合符服务器", ["不像合符服务器", "账都在本机", "上网认证页", "重试"]],
    ["other-chain", 409, '{"code":"server.other_chain"}', "不是本连锁", ["另一家连锁", "没有传送任何数据", "账都在本机", "总部"]],
    ["server-full", 507, '{"code":"server.cannot_write"}', "服务器写不进去", ["磁盘满", "收银照常", "账都在本机", "腾出空间"]],
];
for (const [what, status, body, name, words] of OTHERS) {
    test(`${what} at the server's address is named, selling goes on, and sync too by itself once the server is back`, async () => {
        const { page, line } = a;
        await online(page);
        line.lead(await chain.answering(status, body));
        await stopped(page, name);
        const receipt = await sell(page);
        assert.equal(await unsent(page), "1");
        await explained(page, name, words, ["retry"]);
        await picture(page, `stop-${what}`);
        // Trying by hand changes nothing while nobody else is there.
        await by(page, "retry").click();
        await page.locator('[data-testid="retry"]:enabled').waitFor();
        assert.equal(await by(page, "sync-state").innerText(), `同步已停：${name}`);
        await closed(page);
        line.lead(chain.port);
        await online(page);
        await sent(page);
        await page.keyboard.press("F11");
        await page.locator(`[data-testid="sale-row"][data-receipt="${receipt}"]`).waitFor();
        await page.keyboard.press("F2");
    });
}

test("a till's folder that was copied and sold from is a fork: selling goes on, and a new code makes the till whole", async () => {
    await b.end();
    cpSync(b.folder, `${b.folder}-copy`, { recursive: true });
    const copy = await chain.till("b-copy", b.line);
    await copy.desk.signIn();
    await sellAt(copy);
    await until("the copy's sale is at the server", async () => (await copy.desk.rpc("status.get")).sync.unsent === 0);
    await copy.end();

    b = await chain.till("b", b.line);
    const cashier = await atTill(b, "导购", "3001");
    await stopped(cashier, "账有分叉");
    await explained(cashier, "账有分叉", ["硬盘被复制过", "两份都会保留", "收银照常", "入网代码", "重新入网"], []);
    assert.match(await by(cashier, "rejoin-who").innerText(), /店长/);
    await picture(cashier, "stop-fork-cashier");
    await closed(cashier);
    const receipt = await sell(cashier);
    await cashier.context().close();

    const page = (b.page = await atTill(b));
    await page.keyboard.press("F11");
    await page.locator(`[data-testid="sale-row"][data-receipt="${receipt}"]`).waitFor();
    await page.keyboard.press("F2");
    // What was sold since the till last asked is on this disk alone: it can be sent by hand, for head office to keep apart.
    await explained(page, "账有分叉", ["硬盘被复制过", "两份都会保留", "收银照常", "入网代码", "重新入网"], ["retry", "rejoin"]);
    assert.equal(await by(page, "sync-unkept").innerText(), "1");
    await picture(page, "stop-fork");
    await by(page, "retry").click();
    await by(page, "sync-unkept").getByText("0", { exact: true }).waitFor();
    await by(page, "retry").waitFor({ state: "detached" });
    assert.equal(await by(page, "sync-state").innerText(), "同步已停：账有分叉");
    await page.keyboard.press("Alt+KeyJ");
    await by(page, "rejoin-code").fill(behind(await codeFor("青年路店"), b.line));
    await picture(page, "stop-fork-rejoin");
    await by(page, "rejoin-send").click();
    await by(page, "pin-pad").waitFor({ timeout: 60_000 });
    await atTheBox(page);
    await online(page);
    await sell(page);
    await sent(page);
});

/** The console shows the fork beside the till, and makes a code there. */
async function codeFor(store) {
    await by(hq, "nav-devices").click();
    const row = by(hq, "device-row").filter({ hasText: store });
    await row.getByText("账有分叉").waitFor();
    await picture(hq, "stop-fork-hq");
    await by(hq, "enrol").click();
    const options = by(hq, "enrol-store").locator("option");
    await options.filter({ hasText: store }).waitFor({ state: "attached" });
    const names = await options.allInnerTexts();
    await by(hq, "enrol-store").selectOption({ index: names.findIndex((name) => name.includes(store)) });
    await by(hq, "make-code").click();
    const code = await by(hq, "made-code").inputValue();
    await by(hq, "enrol-close").click();
    return code;
}

test("a till revoked at the console says so, keeps no cart, and sells no more", async () => {
    const { page } = b;
    await scan(page, goods[0].barcode);
    await line(page, goods[0].barcode);
    await by(hq, "nav-devices").click();
    // Its device before stays in the list, with its fork.
    await by(hq, "device-row").filter({ hasText: "青年路店", hasNotText: "账有分叉" }).getByTestId("revoke").click();
    await by(hq, "revoke-reason").fill("被盗");
    await by(hq, "revoke-yes").click();

    await by(page, "not-selling").waitFor();
    const said = await by(page, "revoked").innerText();
    for (const word of ["已停用", "不能再收款", "已有的账都在", "联系总部", "重新入网"]) assert.ok(said.includes(word), `${word}: ${said}`);
    assert.match(await by(page, "not-selling").innerText(), /这台收银机已停用/);
    for (const gone of ["scan-box", "cart-line", "pay"]) assert.equal(await by(page, gone).count(), 0, gone);
    await picture(page, "stop-revoked-till");
    await b.desk.signIn();
    await assert.rejects(sellAt(b), { code: "device.revoked" });
    await stopped(page, "已停用");
    await explained(page, "已停用", ["不能再收款", "联系总部", "重新入网"], ["rejoin"]);
    await picture(page, "stop-revoked");
    await closed(page);
});

test("a server put back to an older copy of its folder misses sales: named, selling goes on, with a new code as the way out", async () => {
    const { page } = a;
    const { folder } = chain.server;
    await online(page);
    await chain.server.end();
    cpSync(folder, `${folder}-older`, { recursive: true });
    await chain.serve();
    await online(page);
    await sell(page);
    await sent(page);
    // The server has it, and the till has read so.
    await agree(a);

    await chain.server.end();
    rmSync(folder, { recursive: true });
    renameSync(`${folder}-older`, folder);
    await chain.serve();
    await stopped(page, "服务器缺账");
    await sell(page);
    await picture(page, "stop-gap-bar");
    await explained(page, "服务器缺账", ["服务器缺了", "恢复过备份", "本机的账是全的", "收银照常", "入网代码", "重新入网"], ["retry", "rejoin"]);
    await picture(page, "stop-gap");
    // What was lost was sent again by itself; what was sold since is sent by hand.
    await by(page, "retry").click();
    await by(page, "sync-unsent").getByText("0", { exact: true }).waitFor();
    await by(page, "retry").waitFor({ state: "detached" });
    await page.keyboard.press("Alt+KeyJ");
    await by(page, "rejoin-code").waitFor();
    await closed(page);
});
