/// Money played whole: what head office sets up, what a member is given and pays with at one store, what goes back where it came from
/// at the other, and what everybody sees of it afterwards (A3, A4, C1 to C5, E1, E6, G3).
///
/// Every sum is worked out by hand, beside where it is looked for. The goods are of a category that the demo's leaflet leaves alone,
/// and points and levels go by what the first tests save, so that no sum depends on the day.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { atTheBox, by, fen, line, openBrowser, openPage, picture, scan } from "./browser.mjs";
import { Chain, Desk, agree, until } from "./chain.mjs";
import { choose, leaveCart, leaveMember, memberOnCart, memberPage, moved, takeBack, takeOffer, tenders, toCard, toPart, toPayment, toRefund, verify } from "./counter.mjs";
import { LOGIN, go, nameFirstAdmin, nextVersion, pick, saveRule, toMember, toRules, tryRule } from "./hq.mjs";

const BLANKET = { name: "双人电热毯", barcode: "6909999000012", price_fen: 120_00 };
const WARMER = { name: "充电暖手宝", barcode: "6909999000029", price_fen: 30_00 };
const BOTTLE = { name: "灌水热水袋", barcode: "6909999000036", price_fen: 40_00 };
const QUILT = { name: "加厚羽绒被", barcode: "6909999000043", price_fen: 100_00 };
const GOODS = [BLANKET, WARMER, BOTTLE, QUILT];
const CARD = "暖冬储值卡";
const COUPON = "电热毯满100减20";
/** The demo's own: with a purchase of 100 in money. */
const GIFT = "满100送10元券";
const PHONE = "13955500088";
const ID_NUMBER = "11010519491231002X";

let chain, browser, a, b, hq, office, pageA, pageB;
/** The day's figures by store before any of this. */
let begun;
let cardNo, receipt;

before(async () => {
    chain = await Chain.start();
    [a, b, browser] = await Promise.all([chain.joined("a", chain.code("HB")), chain.joined("b", chain.code("QN")), openBrowser()]);
    office = await openPage(browser, chain.console);
    await by(office, "first-admin").waitFor();
    await nameFirstAdmin(office, chain.server.first_admin_code);
    await by(office, "hq-today").waitFor();
    hq = new Desk(chain.console);
    await hq.rpc("session.password", LOGIN);
    for (const [at, { name, barcode, price_fen }] of GOODS.entries()) {
        const product_id = `01900000-0000-7000-8000-0000000000a${at}`;
        await hq.rpc("hq.product_set", { product_id, name, category: "季节用品", brand: "", tags: [], unit: "件", price_fen, barcodes: [barcode] });
    }
    begun = await figures();
    [pageA, pageB] = [await openPage(browser, a.url), await openPage(browser, b.url)];
    await Promise.all([pageA, pageB].map((page) => atTheBox(page)));
});
after(async () => {
    for (const page of [office, pageA, pageB]) assert.deepEqual(page?.wrongs ?? [], []);
    await browser?.close();
    await chain?.stop();
});

async function figures() {
    const { stores } = await hq.rpc("hq.today", { day: null });
    return Object.fromEntries(stores.map(({ store, today }) => [store.code, today]));
}

/** The version that was saved just now is the one that counts. */
const counts = async () => assert.match(await by(office, "version-row").first().innerText(), /生效中/);

/** What a page shows in the end: a sum that comes from another machine takes a moment. */
const comes = (page, id, sum) => page.locator(`[data-testid="${id}"][data-fen="${sum}"]`).first().waitFor();

/** The member's points as their page shows them, when they are so many. */
const points = (page, count) => by(page, "page-points").getByText(count, { exact: true }).waitFor();

test("head office makes a kind of card: 300 yuan give 50, and both pay in proportion", async () => {
    await toRules(office, "card_type");
    await by(office, "new-rule").click();
    await by(office, "rule-name").fill(CARD);
    await by(office, "plans-add").click();
    await by(office, "plan-name").fill("充 300 送 50");
    await by(office, "plan-pay").fill("300");
    await by(office, "plan-bonus").fill("50");
    await pick(office, "spend-order", "proportional");
    assert.match(await by(office, "rule-summary").innerText(), /充300送50.*按比例/);
    await saveRule(office);
    await counts();
});

test("a coupon: 20 off an electric blanket from 100 on, tried on carts that were paid", async () => {
    await toRules(office, "coupon");
    await by(office, "new-rule").click();
    await by(office, "rule-name").fill(COUPON);
    await by(office, "step-least").fill("100");
    await by(office, "step-off").fill("20");
    await pick(office, "scope-which", "some");
    await by(office, "scope-products-search").fill(BLANKET.barcode);
    await office.getByRole("option", { name: BLANKET.name }).click();
    await by(office, "validity-days").fill("7");
    // What could be given with a purchase too, and is not.
    await by(office, "on-sale").check();
    await by(office, "on-sale-least").fill("150");
    await by(office, "rule-summary").getByText("买满150送一张").waitFor();
    await by(office, "on-sale").uncheck();
    await by(office, "on-sale-least").waitFor({ state: "detached" });
    await tryRule(office);
    // No blanket was ever sold.
    assert.match(await by(office, "preview").innerText(), /新券.*试算，0 笔会变/s);
    await saveRule(office);
    await counts();
});

test("levels: VIP from 80 yuan on, tried on carts that were paid", async () => {
    await nextVersion(office, "tiers");
    const vip = (await by(office, "level-name").evaluateAll((all) => all.map((each) => each.value))).indexOf("VIP");
    await by(office, "level-from").nth(vip).fill("80");
    await tryRule(office);
    await picture(office, "money-tiers");
    await saveRule(office);
    await counts();
});

test("points: one a yuan, two from 150 yuan on, tried on carts that were paid", async () => {
    await nextVersion(office, "points");
    const taken = by(office, "multipliers").getByRole("button", { name: /^删去第 \d+ 行$/ });
    for (let rows = await taken.count(); rows > 1; rows--) await taken.last().click();
    await by(office, "multiplier-name").fill("满150双倍积分");
    await by(office, "multiplier-order").fill("150");
    await by(office, "multiplier-times").fill("2");
    await tryRule(office);
    await picture(office, "money-points");
    await saveRule(office);
    await counts();
});

test("a new member gets a card at A, and tops it up with 300", async () => {
    await memberOnCart(pageA, PHONE, "林知夏");
    await pageA.keyboard.press("F9");
    await by(pageA, "card-find").waitFor();
    await pageA.keyboard.press("Alt+n");
    await by(pageA, "card-type").first().waitFor();
    await choose(pageA, "card-type", CARD);
    await pageA.keyboard.press("Enter");
    // The law wants to know who buys.
    await by(pageA, "buyer-needed").waitFor();
    await pageA.keyboard.press("Enter");
    await by(pageA, "buyer-form").waitFor();
    await scan(pageA, ID_NUMBER);
    await by(pageA, "document-read").waitFor();
    await pageA.keyboard.press("Enter");
    await by(pageA, "buyer-on-record").waitFor();
    await pageA.keyboard.press("Enter");
    await by(pageA, "top-up-due").waitFor();
    assert.equal(await fen(pageA, "top-up-due"), 300_00);
    await pageA.keyboard.press("Enter");
    await by(pageA, "card-receipt").waitFor();
    assert.deepEqual(await tenders(pageA), [["cash", 300_00]]);
    assert.deepEqual([await fen(pageA, "principal"), await fen(pageA, "bonus")], [300_00, 50_00]);
    await picture(pageA, "money-topped-up");
    await pageA.keyboard.press("Enter");
    await by(pageA, "card-receipt").waitFor({ state: "detached" });
    cardNo = (await by(pageA, "card-no").innerText()).replaceAll(" ", "");
    await moved(pageA, [["top_up bonus", "+50.00", "350.00"], ["top_up", "+300.00", "300.00"]]);
    await pageA.keyboard.press("Escape");
    await pageA.keyboard.press("Escape");
    // Back at the cart its member has what was paid in.
    await by(pageA, "wallet").locator('[data-fen="35000"]').waitFor();
});

test("A gives them the coupon, head office a thousand points", async () => {
    await pageA.keyboard.press("F3");
    await by(pageA, "member-page").waitFor();
    await pageA.keyboard.press("Alt+n");
    await by(pageA, "coupon-kind").first().waitFor();
    await choose(pageA, "coupon-kind", COUPON);
    await pageA.keyboard.press("Enter");
    await pageA.locator("[data-testid=coupon][data-usable=true]", { hasText: COUPON }).waitFor();

    await toMember(office, PHONE);
    await office.keyboard.press("Alt+j");
    await by(office, "adjust-points").fill("1000");
    await by(office, "adjust-reason").fill("开业礼");
    await office.keyboard.press("Enter");
    await by(office, "adjust-check").waitFor();
    await office.keyboard.press("Enter");
    await points(office, "1,000");
    await points(pageA, "1,000");
    await leaveMember(pageA);
});

test("a sale at A is paid by coupon, points, card and cash", async () => {
    await memberOnCart(pageA, PHONE);
    for (const each of [BLANKET, WARMER, WARMER, BOTTLE]) await scan(pageA, each.barcode);
    await line(pageA, BOTTLE.barcode);
    // 120 + 2 × 30 + 40.
    await comes(pageA, "total-due", 220_00);
    await toPayment(pageA);
    await takeOffer(pageA, "coupon");
    // The coupon takes 20 off the blanket.
    await comes(pageA, "pay-due", 200_00);
    assert.equal(await by(pageA, "cart-coupon").getAttribute("data-off"), "2000");
    await takeOffer(pageA, "points");
    await by(pageA, "entered").first().waitFor();
    await pageA.keyboard.type("70");
    await takeOffer(pageA, "card");
    await by(pageA, "entered").nth(1).waitFor();
    // 200 − 10 for a thousand points − 70 from the card.
    await comes(pageA, "left", 120_00);
    // 200 − 10 in points − 10 of bonus are 180, which count twice since 200 is more than 150.
    assert.equal(await by(pageA, "pay-points").innerText(), "+360");
    // 60 of the card's principal and 120 in cash are money of theirs.
    assert.equal(await by(pageA, "pay-gift").innerText(), GIFT);
    await picture(pageA, "money-payment");
    await pageA.keyboard.type("150");
    await pageA.keyboard.press("Enter");
    await by(pageA, "done").waitFor();
    assert.equal(await fen(pageA, "done-due"), 200_00);
    // Of the card's 70, as 300 to 50: 60 of principal and 10 of bonus.
    assert.deepEqual(await tenders(pageA), [["points", 10_00], ["card", 60_00, 10_00], ["cash", 150_00]]);
    assert.equal(await fen(pageA, "change"), 30_00);
    // 1,000 − 1,000 + 360.
    assert.equal(await by(pageA, "done-points").innerText(), "360");
    assert.match(await by(pageA, "done-gift").innerText(), new RegExp(`^${GIFT}`));
    receipt = await by(pageA, "receipt-no").innerText();
    await picture(pageA, "money-done");
    await pageA.keyboard.press("Enter");
    await by(pageA, "cart-empty").waitFor();
});

test("the member's page at A shows every part of it", async () => {
    await memberPage(pageA, PHONE);
    await points(pageA, "360");
    assert.equal(await by(pageA, "page-tier").innerText(), "VIP");
    // 20,000 − 200 to the next level.
    await by(pageA, "next-tier").locator('[data-fen="1980000"]').waitFor();
    assert.equal(await by(pageA, "page-spend").locator("[data-fen]").getAttribute("data-fen"), "20000");
    await toPart(pageA, "points");
    // The sale took 1,000 and earned 360.
    await moved(pageA, [["sale", "−640", "360"], ["adjusted", "+1,000", "1,000"]]);
    await toPart(pageA, "cards");
    await moved(pageA, [
        ["sale bonus", "−10.00", "280.00"], ["sale", "−60.00", "290.00"], ["top_up bonus", "+50.00", "350.00"], ["top_up", "+300.00", "300.00"],
    ]);
    assert.deepEqual([await fen(pageA, "principal"), await fen(pageA, "bonus")], [240_00, 40_00]);
    await toPart(pageA, "coupons");
    const used = pageA.locator("[data-testid=coupon][data-usable=false]", { hasText: COUPON });
    assert.match(await used.innerText(), /已使用|已用/);
    await pageA.locator("[data-testid=coupon][data-usable=true]", { hasText: GIFT }).waitFor();
    await picture(pageA, "money-member");
    await leaveMember(pageA);
});

test("at B the blanket comes back: half of all that was paid, each to where it came from, and the coupon", async () => {
    await toRefund(pageB, receipt);
    await takeBack(pageB, 1);
    // The blanket was 100 of 200, so half of each: 10 in points, 60 and 10 on the card, and 120 in cash.
    const half = [["points", 5_00], ["card", 30_00, 5_00], ["cash", 60_00]];
    await comes(pageB, "refund-total", 100_00);
    assert.deepEqual(await tenders(pageB), half);
    assert.equal(await by(pageB, "points-taken").innerText(), "−180");
    assert.equal(await by(pageB, "points-restored").innerText(), "+500");
    // 90 of the 180 in money are kept: too little for what came with them.
    assert.equal(await by(pageB, "gift-taken").innerText(), GIFT);
    await by(pageB, "gift-about").waitFor();
    await pageB.keyboard.press("Alt+1");
    await picture(pageB, "money-refund");
    await pageB.keyboard.press("Enter");
    await by(pageB, "refund-done").waitFor();
    assert.equal(await fen(pageB, "refunded"), 100_00);
    assert.deepEqual(await tenders(pageB), half);
    assert.equal(await by(pageB, "coupon-back").innerText(), COUPON);
    assert.equal(await by(pageB, "gift-taken").innerText(), GIFT);
    await pageB.locator("[data-testid=refund-sent][data-sent=true]").waitFor();
    await picture(pageB, "money-refunded");
    await pageB.keyboard.press("Enter");
    await by(pageB, "scan-box").waitFor();
});

test("what came back at B is with the member at A", async () => {
    await memberPage(pageA, PHONE);
    // 360 − 180 + 500.
    await points(pageA, "680");
    await toPart(pageA, "cards");
    await comes(pageA, "principal", 270_00);
    await comes(pageA, "bonus", 45_00);
    await moved(pageA, [["refund bonus", "+5.00", "315.00"], ["refund", "+30.00", "310.00"]]);
    await toPart(pageA, "coupons");
    await pageA.locator("[data-testid=coupon][data-usable=true]", { hasText: COUPON }).waitFor();
    assert.match(await pageA.locator("[data-testid=coupon][data-usable=false]", { hasText: GIFT }).innerText(), /已随退货收回/);
    await leaveMember(pageA);
});

test("at B the bottle is exchanged for a quilt at the member's own price", async () => {
    await toRefund(pageB, receipt);
    await takeBack(pageB, 3);
    // The bottle was 40 of 200: a fifth of 10, 60, 10 and 120.
    await comes(pageB, "refund-total", 40_00);
    assert.deepEqual(await tenders(pageB), [["points", 2_00], ["card", 12_00, 2_00], ["cash", 24_00]]);
    await pageB.keyboard.press("Alt+1");
    await pageB.keyboard.press("Alt+x");
    // Cash pays for other goods; card and points go back to themselves.
    await comes(pageB, "exchange-credit", 24_00);
    await by(pageB, "exchange-elsewhere").waitFor();
    // Whoever bought the bottle is on the cart, and VIP since.
    await by(pageB, "member-card").waitFor();
    assert.equal(await by(pageB, "member-tier").innerText(), "VIP");
    await scan(pageB, QUILT.barcode);
    // 100 at 9.5 折.
    await comes(pageB, "total-due", 95_00);
    await picture(pageB, "money-exchange");
    await toPayment(pageB);
    // 95 − 24 in cash, and a point for each yuan of 95.
    await by(pageB, "cash").first().waitFor();
    assert.equal(await fen(pageB, "cash"), 71_00);
    await pageB.keyboard.press("Enter");
    await by(pageB, "done").waitFor();
    assert.deepEqual(await tenders(pageB), [["credit", 24_00], ["cash", 71_00]]);
    assert.equal(await fen(pageB, "done-exchanged"), 40_00);
    // 680 − a fifth of 360 + 200 + 95.
    assert.equal(await by(pageB, "done-points").innerText(), "903");
    await picture(pageB, "money-exchange-done");
    await pageB.keyboard.press("Enter");
    await by(pageB, "cart-empty").waitFor();
});

test("at A all the rest comes back, found by the member: card and points are what they would be had nothing been bought but the quilt", async () => {
    await memberPage(pageA, PHONE);
    // The quilt is the latest purchase, the sale at A the one before.
    await pageA.locator('[data-testid="timeline-item"][data-store="QN"]').waitFor();
    await pageA.keyboard.press("ArrowDown");
    await by(pageA, "sale-detail").getByRole("heading", { name: receipt }).waitFor();
    await pageA.keyboard.press("F7");
    await by(pageA, "refund-line").first().waitFor();
    await pageA.keyboard.press("NumpadMultiply");
    // Two warmers: what of 10, 60, 10 and 120 has not come back yet.
    await comes(pageA, "refund-total", 60_00);
    assert.deepEqual(await tenders(pageA), [["points", 3_00], ["card", 18_00, 3_00], ["cash", 36_00]]);
    await pageA.keyboard.press("Alt+3");
    await pageA.keyboard.press("Enter");
    await by(pageA, "refund-done").waitFor();
    await pageA.keyboard.press("Enter");
    await leaveCart(pageA);
    await memberPage(pageA, PHONE);
    // The thousand that was given, and 95 for the quilt.
    await points(pageA, "1,095");
    await toPart(pageA, "cards");
    await comes(pageA, "principal", 300_00);
    await comes(pageA, "bonus", 50_00);
    await leaveMember(pageA);
});

test("the card's statement is shown at B and printed at A, with the balance after each movement", async () => {
    const statement = [
        ["refund bonus", "+3.00", "350.00"], ["refund", "+18.00", "347.00"],
        ["exchange bonus", "+2.00", "329.00"], ["exchange", "+12.00", "327.00"], ["refund bonus", "+5.00", "315.00"], ["refund", "+30.00", "310.00"],
        ["sale bonus", "−10.00", "280.00"], ["sale", "−60.00", "290.00"], ["top_up bonus", "+50.00", "350.00"], ["top_up", "+300.00", "300.00"],
    ];
    for (const page of [pageB, pageA]) {
        await toCard(page, cardNo);
        await comes(page, "principal", 300_00);
        await comes(page, "bonus", 50_00);
        await moved(page, statement);
    }
    await pageA.evaluate(() => (window.print = () => (document.body.dataset.printed = "true")));
    await pageA.keyboard.press("Alt+p");
    await pageA.locator("[data-testid=paper][aria-busy=false]").waitFor();
    assert.equal(await by(pageA, "paper").locator("tbody tr").count(), statement.length);
    const balances = await by(pageA, "paper").locator("tbody tr td:last-child").allInnerTexts();
    assert.deepEqual(balances, statement.map(([, , balance]) => balance));
    await picture(pageA, "money-statement");
    await pageA.keyboard.press("Enter");
    await pageA.locator("body[data-printed=true]").waitFor();
    for (const page of [pageA, pageA, pageA, pageB, pageB]) await page.keyboard.press("Escape");
    for (const page of [pageA, pageB]) await by(page, "scan-box").waitFor();
});

test("head office sees the day by store, and the member as the tills do", async () => {
    // Of A the sale and the top-up; of B the quilt. What came back is no sale less.
    const grown = { HB: [1, 200_00, 1, 300_00], QN: [1, 95_00, 0, 0] };
    await until("both stores' figures", async () => {
        const now = await figures();
        const since = (code) => ["sales", "amount_fen", "top_ups", "top_up_fen"].map((figure) => now[code][figure] - begun[code][figure]);
        return Object.entries(grown).every(([code, sums]) => String(since(code)) === String(sums));
    });
    const now = await figures();
    await go(office, "today");
    for (const code of ["HB", "QN"]) {
        const row = office.locator(`[data-testid="store-row"][data-code="${code}"]`);
        for (const figure of ["amount_fen", "top_up_fen"]) {
            const shown = (now[code][figure] / 100).toLocaleString("en", { minimumFractionDigits: 2 });
            await row.getByTestId(`figure-${figure}`).getByText(shown, { exact: true }).waitFor();
        }
    }
    await picture(office, "money-today");
    await toMember(office, PHONE);
    await points(office, "1,095");
    // 200 − 100 − 40 + 95 − 60.
    assert.equal(await by(office, "page-spend").locator("[data-fen]").getAttribute("data-fen"), "9500");
    await by(office, "next-tier").locator('[data-fen="1990500"]').waitFor();
});

test("both tills' own books are right and agree with the server", async () => {
    for (const page of [pageA, pageB]) await verify(page);
    for (const till of [a, b]) await till.desk.signIn();
    await agree(a, b);
});
