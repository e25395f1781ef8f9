/// Paying with more than cash: in parts, by named tenders with a reference, with a price by hand that somebody allows, and a
/// coupon's code where none is (A3, A5, A9).

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { atTheBox, by, fen, line, openBrowser, openPage, picture, refused, scan, type } from "./browser.mjs";
import { Chain, Desk, until } from "./chain.mjs";

const BANK = "01900000-0000-7000-8000-00000000000b";
const WECHAT = "01900000-0000-7000-8000-00000000000c";
let chain, browser, till, goods, page;
before(async () => {
    chain = await Chain.start({ enrol: ["HB"] });
    till = await chain.joined("a", chain.code("HB"));
    await till.desk.signIn();
    goods = await till.desk.goods(3);
    const hq = new Desk(chain.console);
    await hq.rpc("session.first_admin", { code: chain.server.first_admin_code, login: "zhou.min", name: "周敏", password: "pine-lantern-42" });
    const tenders = [{ tender: BANK, name: "银行卡", enabled: true, reference: true }, { tender: WECHAT, name: "微信", enabled: true, reference: false }];
    for (const body of [{ rule: "tenders", tenders }, { rule: "rounding", to_fen: 10 }]) await hq.rpc("hq.rule_save", { rule_id: null, body, valid_from: null });
    await until("the till knows the tenders", async () => (await till.desk.rpc("pay.suggest")).tenders.length === 2);
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

async function toPayment(count = 1) {
    for (const each of goods.slice(0, count)) {
        await scan(page, each.barcode);
        await line(page, each.barcode);
    }
    await page.keyboard.press("NumpadAdd");
    await by(page, "offer").first().waitFor();
}

const REFUSED = '[data-testid="error"].shown';
const entered = (n) => by(page, "entered").nth(n - 1).waitFor();

describe("a payment in parts", () => {
    test("by the bank's machine, WeChat and cash, each by a key", async () => {
        await atTheBox(page);
        await toPayment(3);
        const due = await fen(page, "pay-due");
        await page.keyboard.type("1");
        await page.keyboard.press("Alt+1");
        await by(page, "reference-box").waitFor();
        await type(page, "T-0042");
        await page.keyboard.press("Enter");
        await entered(1);
        await page.keyboard.type("2");
        await page.keyboard.press("Alt+2");
        await entered(2);
        assert.equal(await fen(page, "left"), due - 300 - ((due - 300) % 10));
        await picture(page, "payment-parts");
        await type(page, "1000");
        await page.keyboard.press("Enter");
        await by(page, "done").waitFor();
        assert.deepEqual(await by(page, "tender").evaluateAll((all) => all.map((each) => each.dataset.kind)), ["named", "named", "cash"]);
        assert.equal(await fen(page, "change"), 100_000 - (due - 300 - ((due - 300) % 10)));
        await picture(page, "done-parts");
        const { sales } = await till.desk.rpc("sale.today", { after: null });
        const sale = await till.desk.rpc("sale.get", { id: sales[0].id });
        assert.deepEqual(sale.tenders.slice(0, 2).map((tender) => [tender.name, tender.amount_fen, tender.reference]), [["银行卡", 100, "T-0042"], ["微信", 200, null]]);
    });

    test("of cash too little is kept, taken back by a key, and waits while the cashier is at the cart", async () => {
        await atTheBox(page);
        await toPayment();
        await page.keyboard.type("1");
        await page.keyboard.press("Enter");
        await refused(page, "tender.short");
        await entered(1);
        assert.equal(await fen(page, "pay-takes"), await fen(page, "left"));
        await page.keyboard.press("Escape");
        await by(page, "payment").waitFor({ state: "detached" });
        await page.keyboard.press("NumpadAdd");
        await entered(1);
        await page.keyboard.press("Backspace");
        await by(page, "entered").waitFor({ state: "detached" });
        await page.keyboard.press("Alt+2");
        await entered(1);
        await page.keyboard.press("Enter");
        await by(page, "done").waitFor();
        assert.equal(await fen(page, "change"), 0);
    });

    test("of more than is left is refused in place", async () => {
        await atTheBox(page);
        await toPayment();
        await type(page, "9999");
        await page.keyboard.press("Alt+2");
        await refused(page, "tender.over");
        assert.equal(await by(page, "given").innerText(), "9999");
        await page.keyboard.press("Escape");
        await page.keyboard.press("Escape");
        await by(page, "payment").waitFor({ state: "detached" });
        await page.keyboard.press("Control+Delete");
        await page.keyboard.press("Enter");
        await by(page, "cart-empty").waitFor();
    });
});

describe("a price by hand", () => {
    test("is the manager's own right, with a reason", async () => {
        await atTheBox(page);
        await scan(page, goods[0].barcode);
        await line(page, goods[0].barcode);
        await type(page, "0.5");
        await page.keyboard.press("F4");
        await by(page, "price-dialog").waitFor();
        await page.keyboard.press("Enter");
        await refused(page, "reason.needed");
        await page.keyboard.press("Alt+2");
        await picture(page, "price");
        await page.keyboard.press("Enter");
        await by(page, "by-hand").waitFor();
        assert.equal(await fen(page, "total-due"), 50);
        await page.keyboard.press("F4");
        await by(page, "price-dialog").waitFor();
        await page.keyboard.press("Control+Delete");
        await by(page, "by-hand").waitFor({ state: "detached" });
        await page.keyboard.press("Control+Delete");
        await page.keyboard.press("Enter");
        await by(page, "cart-empty").waitFor();
    });

    test("of one who may not is allowed by a manager's PIN on the spot", async () => {
        await atTheBox(page, "导购", "3001");
        await scan(page, goods[0].barcode);
        await line(page, goods[0].barcode);
        await page.keyboard.press("F4");
        await by(page, "price-dialog").waitFor();
        await page.keyboard.press("F4");
        await page.keyboard.type("0.1");
        await page.keyboard.press("Alt+5");
        await page.keyboard.press("Enter");
        await by(page, "approver").first().waitFor();
        // A code is no PIN: it uses up no try, and what was typed before it stays.
        await type(page, "10");
        // Digits that came within the second before a burst are taken for its own beginning.
        await page.waitForTimeout(1100);
        for (const code of ["6901234567892", "99999"]) {
            await scan(page, code);
            await by(page, "approval-scanned").waitFor();
            assert.equal(await by(page, "approval-dots").getAttribute("data-length"), "2", code);
        }
        assert.equal(await page.locator(REFUSED).count(), 0);
        await page.keyboard.press("Backspace");
        await page.keyboard.press("Backspace");
        await type(page, "9999");
        await page.keyboard.press("Enter");
        await refused(page, "pin.wrong");
        await picture(page, "approval");
        await type(page, "1001");
        await page.keyboard.press("Enter");
        await by(page, "price-dialog").waitFor({ state: "detached" });
        assert.equal(await fen(page, "total-due"), goods[0].price_fen - 10);
        assert.ok(await by(page, "scan-box").evaluate((box) => box === document.activeElement));
        await page.keyboard.press("Control+Delete");
        await page.keyboard.press("Enter");
        await by(page, "cart-empty").waitFor();
    });

    test("is no code: one that is scanned is taken out of the fields, and changes nothing", async () => {
        await atTheBox(page);
        await scan(page, goods[0].barcode);
        await line(page, goods[0].barcode);
        await type(page, "0.5");
        await page.keyboard.press("F4");
        await by(page, "price-dialog").waitFor();
        await scan(page, "6901234567892");
        await by(page, "price-scanned").waitFor();
        assert.equal(await by(page, "price-amount").inputValue(), "0.5");
        await by(page, "price-reason-text").focus();
        await type(page, "ab");
        await scan(page, goods[1].barcode);
        assert.equal(await by(page, "price-reason-text").inputValue(), "ab");
        assert.equal(await by(page, "price-amount").inputValue(), "0.5");
        assert.equal(await by(page, "by-hand").count(), 0, "the code's Enter took no price");
        // What is refused after a scan is said in its place.
        for (const [amount, reason, code] of [["9.999", "ab", "amount.invalid"], ["0.5", "", "reason.needed"]]) {
            await scan(page, goods[1].barcode);
            await by(page, "price-scanned").waitFor();
            await by(page, "price-amount").fill(amount);
            await by(page, "price-reason-text").fill(reason);
            await page.keyboard.press("Enter");
            await refused(page, code);
            assert.equal(await by(page, "price-scanned").count(), 0);
        }
        await page.keyboard.press("Escape");
        await by(page, "price-dialog").waitFor({ state: "detached" });
        await page.keyboard.press("Control+Delete");
        await page.keyboard.press("Enter");
        await by(page, "cart-empty").waitFor();
    });
});

test("a coupon's code that is none says so, in the cart and while paying", async () => {
    await atTheBox(page);
    await scan(page, goods[0].barcode);
    await line(page, goods[0].barcode);
    await scan(page, "HC0000000000000000ZZ");
    await refused(page, "coupon.damaged");
    await toPayment(0);
    await type(page, "12");
    await scan(page, "HC0000000000000000ZZ");
    await refused(page, "coupon.damaged");
    assert.equal(await by(page, "given").innerText(), "12", "what was typed before the scan stays");
    // Whatever its length: the Enter of a code must not pay.
    for (const code of ["6901234567892", "9876543", "5001", "AB1234"]) {
        await scan(page, code);
        await by(page, "scanned-while-paying").waitFor();
        assert.equal(await by(page, "given").innerText(), "12", code);
    }
    assert.equal(await by(page, "done").count(), 0);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    assert.equal(await by(page, "scan-box").inputValue(), "", "nothing of a code is left for the next customer");
});
