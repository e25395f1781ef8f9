/// Stored-value cards at a till in a browser: topped up by keys alone, by whom, what was done to one and why, and what head office
/// sees of it (C3, E6, F5).

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { atTheBox, by, fen, openBrowser, openPage, picture, scan } from "./browser.mjs";
import { Chain, Desk, until } from "./chain.mjs";
import { toCard } from "./counter.mjs";
import { LOGIN } from "./hq.mjs";

const ID_NUMBER = "11010519491231002X";
let chain, browser, till, hq, type, members, page;
before(async () => {
    chain = await Chain.start({ enrol: ["HB"] });
    till = await chain.joined("a", chain.code("HB"));
    await till.desk.signIn();
    hq = new Desk(chain.console);
    await hq.rpc("session.first_admin", { code: chain.server.first_admin_code, name: "周敏", ...LOGIN });
    const { types } = await till.desk.rpc("card.types");
    type = types.find((each) => each.registered && each.plans.length > 1);
    const hits = (await till.desk.rpc("member.search", { text: "王" })).hits.map((hit) => hit.member).filter((member) => member.name !== "" && !member.name.includes("*"));
    const pages = await Promise.all(hits.map(({ id }) => till.desk.rpc("member.get", { id, after: null })));
    // Who has a card has shown a document for it.
    members = hits.filter((_, at) => pages[at].cards.length === 0);
    assert.ok(members.length >= 4);
    browser = await openBrowser();
});
after(async () => {
    await browser?.close();
    await chain?.stop();
});
beforeEach(async () => {
    page = await openPage(browser, till.url);
});
afterEach(async () => {
    const { wrongs } = page;
    await page.context().close();
    assert.deepEqual(wrongs, []);
});

/** A new card of a member's. */
async function opened(member) {
    const { card_id } = await till.desk.rpc("card.ids");
    return await till.desk.rpc("card.open", { card_id, type_id: type.type_id, member_id: member.id, card_no: null });
}

/** The member's own document, on record. */
async function documented(member, number) {
    const { buyer_id } = await till.desk.rpc("card.ids");
    return await till.desk.rpc("buyer.record", { buyer_id, kind: "passport", number, name: member.name, phone: null, agent: null, member_id: member.id });
}

const focused = () => page.evaluate(() => document.activeElement?.dataset.testid ?? "");

test("a top-up by Tab and Enter takes the tile that has the focus, calls cash cash, and says when it was sent", async () => {
    const card = await opened(members[0]);
    await documented(members[0], "E10000001");
    const row = async () => (await hq.rpc("hq.today", { day: null })).stores.find((each) => each.store.code === "HB").today;
    const before = await row();
    await atTheBox(page);
    await toCard(page, card.card_no);
    till.line.cut();
    await page.keyboard.press("NumpadAdd");
    await by(page, "top-up-preview").waitFor();
    for (let tabs = 0; tabs < 40 && (await focused()) !== "plan"; tabs++) await page.keyboard.press("Tab");
    const chosen = page.locator("[data-testid=plan][aria-checked=true]");
    assert.ok(await chosen.evaluate((tile) => tile === document.activeElement), "Tab comes to the tile that is chosen");
    await page.keyboard.press("ArrowDown");
    const second = by(page, "plan").nth(1);
    await page.waitForFunction(() => document.activeElement?.matches("[data-testid=plan][aria-checked=true]"));
    assert.ok(await second.evaluate((tile) => tile === document.activeElement), "the focus goes with the mark");
    await page.keyboard.press("Enter");
    await by(page, "top-up-due").waitFor();
    const paid = type.plans[1].pay_fen;
    assert.equal(await fen(page, "top-up-due"), paid);
    assert.match(await by(page, "top-up").innerText(), /现金/);
    assert.equal(await by(page, "top-up-typed").innerText(), (paid / 100).toLocaleString("en", { minimumFractionDigits: 2 }), "what Enter takes");
    await picture(page, "card-top-up-cash");
    await page.keyboard.press("Enter");
    await by(page, "card-receipt").waitFor();
    const sent = by(page, "card-receipt-sent");
    assert.equal(await sent.getAttribute("data-sent"), "false");
    till.line.open();
    await page.locator("[data-testid=card-receipt-sent][data-sent=true]").waitFor();

    await until("head office has it, and not as a sale", async () => (await row()).top_ups === before.top_ups + 1);
    const now = await row();
    assert.deepEqual([now.top_up_fen, now.sales, now.amount_fen], [before.top_up_fen + paid, before.sales, before.amount_fen]);
    const console = await openPage(browser, chain.console);
    await by(console, "login").fill(LOGIN.login);
    await by(console, "password").fill(LOGIN.password);
    await console.keyboard.press("Enter");
    const figure = console.locator('[data-testid="store-row"][data-code="HB"] [data-testid="figure-top_up_fen"]');
    await figure.waitFor();
    assert.equal(Number((await figure.innerText()).replaceAll(",", "")) * 100, now.top_up_fen);
    await picture(console, "hq-top-ups");
    assert.deepEqual(console.wrongs, []);
    await console.context().close();
});

test("who buys: the member's phone is there for who may see it, and a reader's Enter records nothing yet", async () => {
    const card = await opened(members[1]);
    await atTheBox(page, "导购", "3001");
    await toCard(page, card.card_no);
    await page.keyboard.press("NumpadAdd");
    await by(page, "buyer-needed").waitFor();
    await page.keyboard.press("Enter");
    await by(page, "buyer-form").waitFor();
    const seen = await till.desk.rpc("card.get", { card_id: card.card_id });
    assert.equal(seen.member_full, true, "the manager sees the member in full");
    assert.deepEqual([await by(page, "buyer-phone").inputValue(), await by(page, "buyer-name").inputValue()], ["", ""], "a colleague who does not gets nothing masked into the form");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Alt+KeyQ");

    await atTheBox(page);
    await toCard(page, card.card_no);
    await page.keyboard.press("NumpadAdd");
    await by(page, "buyer-needed").waitFor();
    await page.keyboard.press("Enter");
    await by(page, "buyer-form").waitFor();
    assert.deepEqual([await by(page, "buyer-phone").inputValue(), await by(page, "buyer-name").inputValue()], [members[1].phone, members[1].name]);
    assert.equal(await by(page, "document-read").count(), 0);
    // A letter at its end tells no stumble of a busy machine from a new burst: each key bears its own time.
    await scan(page, ID_NUMBER);
    await by(page, "document-read").waitFor();
    assert.equal(await by(page, "buyer-number").inputValue(), ID_NUMBER);
    await picture(page, "card-buyer-read");
    await page.keyboard.press("Enter");
    await by(page, "buyer-on-record").waitFor();
});

test("what was done to a card stands on its page with the reasons, and who bought it, masked until somebody who may asks", async () => {
    const card = await opened(members[2]);
    await documented(members[2], "E10000003");
    await till.desk.rpc("card.change", { card_id: card.card_id, change: { to: "lost" }, reason: "顾客来电挂失", approval: null });
    await atTheBox(page);
    await toCard(page, card.card_no);
    const act = by(page, "card-past-act").first();
    await act.waitFor();
    assert.equal(await act.getAttribute("data-what"), "lost");
    assert.match(await act.innerText(), /顾客来电挂失/);
    const buyer = by(page, "card-buyer");
    assert.match(await buyer.innerText(), /E\*+03/);
    await picture(page, "card-past");
    await by(page, "buyer-in-full").click();
    await page.locator("[data-testid=card-buyer][data-full=true]").waitFor();
    assert.match(await buyer.innerText(), /E10000003/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Alt+KeyQ");

    await atTheBox(page, "导购", "3001");
    await toCard(page, card.card_no);
    await buyer.waitFor();
    assert.equal(await by(page, "buyer-in-full").count(), 0);
    assert.match(await buyer.innerText(), /E\*+03/);
});
