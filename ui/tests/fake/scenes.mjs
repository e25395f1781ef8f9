/// What is played before each picture.

import { scan, type } from "../e2e/keys.mjs";
import { COUNTER_SCENES } from "./counter-scenes.mjs";

const at = (page, id) => page.getByTestId(id);

export async function signIn(page, pin = "1001") {
    await at(page, "pin-pad").waitFor();
    await at(page, "staff").first().waitFor();
    if (pin === "2001") await at(page, "staff").nth(1).click();
    await type(page, pin);
    await page.keyboard.press("Enter");
    await at(page, "scan-box").waitFor();
}

export async function ring(page, fake, count = 5) {
    for (const [index, product] of fake.goods.slice(0, count).entries()) {
        await scan(page, product.barcode);
        await page.waitForFunction((n) => document.querySelectorAll("[data-testid=cart-line]").length === n, index + 1);
    }
}

async function takeMember(page, words = "13800138000") {
    await page.keyboard.press("NumpadDivide");
    await type(page, words);
    await at(page, "hit").first().waitFor();
    await page.keyboard.press("Enter");
    await at(page, "member-card").waitFor();
}

async function payCash(page, amount = "1000") {
    await page.keyboard.press("NumpadAdd");
    await at(page, "payment").waitFor();
    await page.keyboard.type(amount, { delay: 20 });
}

async function sell(page, fake) {
    await ring(page, fake);
    await takeMember(page);
    await payCash(page);
    await page.keyboard.press("Enter");
    await at(page, "done").waitFor();
}

const hq = (steps) => async (page, fake) => {
    await at(page, "login").fill("chen");
    await at(page, "password").fill("correct horse battery");
    await page.keyboard.press("Enter");
    await at(page, "hq-nav").waitFor();
    await steps(page, fake);
};

/** The rules of a kind; until the address has told the screen, those of another are still there. */
async function rules(page, kind) {
    await at(page, "nav-rules").click();
    await at(page, `rule-kind-${kind}`).click();
    await page.locator(`[data-testid=rule-kind-${kind}][aria-current=page]`).waitFor();
}

/** The server's disk is full. */
const cannotWrite = (fake) => void (fake.state.link = { state: "stopped", why: "machine" });

export const SCENES = {
    "first-join": { node: "unset", play: (page) => at(page, "enrol-code").waitFor() },
    "first-join-refused": {
        node: "unset",
        play: async (page) => {
            await at(page, "enrol-code").fill("bad");
            await at(page, "join").click();
            await page.locator("[data-code='enrol.malformed']").waitFor();
        },
    },
    "first-start": {
        node: "unset",
        play: async (page) => {
            await at(page, "way-start").click();
            await at(page, "chain-name").fill("邻里生活");
        },
    },
    "first-fetching": {
        node: "unset",
        play: async (page) => {
            await at(page, "enrol-code").fill("HEFU1-ABCDEF");
            await at(page, "join").click();
            await at(page, "setup-progress").waitFor();
        },
    },
    "first-broken": { node: "unset", before: (fake) => fake.setSetup({ stage: { stage: "broken" }, keys: "system", error: { code: "database.key_wrong", args: {} } }), play: (page) => at(page, "setup-broken").waitFor() },
    "pin": { play: async (page) => { await at(page, "staff").first().waitFor(); await page.keyboard.press("Digit1"); await page.waitForFunction(() => document.documentElement.dataset.ready === "pin"); } },
    "pin-locked": {
        play: async (page) => {
            await at(page, "staff").first().waitFor();
            for (let round = 0; round < 4; round++) {
                await type(page, "9999");
                await page.keyboard.press("Enter");
                await page.waitForFunction(() => document.querySelector("[data-testid=pin-dots]").dataset.length === "0");
                await page.waitForTimeout(60);
            }
        },
    },
    "cart-empty": { play: (page) => signIn(page, "2001") },
    "cart": {
        before: (fake) => { fake.state.link = { state: "offline" }; fake.state.unsent = 3; },
        play: async (page, fake) => { await signIn(page, "2001"); await ring(page, fake, 8); await takeMember(page); },
    },
    "cart-unknown": { play: async (page, fake) => { await signIn(page); await ring(page, fake, 3); await scan(page, "6999999999990"); await page.locator("[data-code='barcode.unknown']").waitFor(); } },
    "cart-hits": { play: async (page, fake) => { await signIn(page); await ring(page, fake, 3); await page.keyboard.type("2*清", { delay: 90 }); await page.keyboard.press("Backspace"); await page.keyboard.type("m", { delay: 90 }); await at(page, "goods-hit").first().waitFor(); await page.keyboard.press("ArrowDown"); } },
    "cart-quantity": { play: async (page, fake) => { await signIn(page); await ring(page, fake, 3); await page.keyboard.press("ArrowUp"); await page.keyboard.press("NumpadMultiply"); await type(page, "12"); } },
    "cart-clear": { play: async (page, fake) => { await signIn(page); await ring(page, fake, 3); await page.keyboard.press("Control+Delete"); await at(page, "clear-question").waitFor(); } },
    "new-goods": { play: async (page) => { await signIn(page); await scan(page, "6999999999990"); await page.locator("[data-code='barcode.unknown']").waitFor(); await page.keyboard.press("Alt+n"); await at(page, "goods-name").fill("竹炭香皂"); await at(page, "goods-price").fill("9.9"); } },
    "pay": { play: async (page, fake) => { await signIn(page); await ring(page, fake); await takeMember(page); await payCash(page); } },
    "pay-short": { play: async (page, fake) => { await signIn(page); await ring(page, fake); await payCash(page, "100"); await page.keyboard.press("Enter"); await page.locator("[data-code='tender.short']").waitFor(); } },
    "pay-split": {
        play: async (page, fake) => {
            await signIn(page); await ring(page, fake); await takeMember(page);
            await page.keyboard.press("NumpadAdd"); await at(page, "offer").first().waitFor();
            await page.keyboard.type("50"); await page.keyboard.press("Alt+1"); await at(page, "entered").first().waitFor();
            await page.keyboard.press("Alt+1"); await at(page, "entered").nth(1).waitFor(); await page.keyboard.press("ArrowDown");
        },
    },
    "pay-start": { play: async (page, fake) => { await signIn(page); await ring(page, fake); await takeMember(page); await page.keyboard.press("NumpadAdd"); await at(page, "offer").first().waitFor(); } },
    "pay-reference": {
        play: async (page, fake) => {
            await signIn(page); await ring(page, fake); await page.keyboard.press("NumpadAdd"); await at(page, "offer").first().waitFor();
            await page.keyboard.press("Alt+1"); await at(page, "reference-box").waitFor(); await page.keyboard.type("T20261122");
        },
    },
    "pay-over": {
        play: async (page, fake) => {
            await signIn(page); await ring(page, fake); await takeMember(page); await page.keyboard.press("NumpadAdd"); await at(page, "offer").first().waitFor();
            await page.keyboard.type("90"); await page.keyboard.press("Alt+1"); await page.locator("[data-code='card.too_little']").waitFor();
        },
    },
    "cart-money": {
        before: (fake) => { fake.state.exchange = { receipt_no: "NJX-2-000031", line_count: 3, total_fen: 5970, credit_fen: 5970, why_not: null }; fake.state.unproved = true; },
        play: async (page, fake) => {
            await signIn(page, "1001"); await ring(page, fake, 1); await page.keyboard.press("Control+Delete"); await at(page, "clear-question").waitFor(); await page.keyboard.press("Enter"); await at(page, "cart-empty").waitFor(); await ring(page, fake, 4); await takeMember(page);
            await scan(page, "HC0123456789ABCDEFGH"); await at(page, "cart-coupon").first().waitFor();
            await scan(page, "HC0123456789ABCDEFGK"); await at(page, "cart-coupon").nth(1).waitFor();
            await type(page, "12.5"); await page.keyboard.press("F4"); await at(page, "price-dialog").waitFor(); await page.keyboard.press("Alt+2"); await page.keyboard.press("Enter");
            await at(page, "by-hand").waitFor();
        },
    },
    "cart-price": { play: async (page, fake) => { await signIn(page, "2001"); await ring(page, fake, 3); await page.keyboard.press("F4"); await at(page, "price-dialog").waitFor(); await page.keyboard.type("12.5"); await page.keyboard.press("Alt+1"); } },
    "cart-approval": {
        play: async (page, fake) => {
            await signIn(page, "2001"); await ring(page, fake, 3); await page.keyboard.press("F4"); await at(page, "price-dialog").waitFor(); await page.keyboard.type("12.5");
            await page.keyboard.press("Alt+1"); await page.keyboard.press("Enter"); await at(page, "approval").waitFor(); await at(page, "approver").first().waitFor();
            await type(page, "9999"); await page.keyboard.press("Enter"); await page.locator("[data-code='pin.wrong']").first().waitFor();
        },
    },
    "cart-coupons": {
        play: async (page, fake) => {
            await signIn(page); await ring(page, fake, 3); await takeMember(page); await page.keyboard.press("F8"); await at(page, "coupon-row").first().waitFor();
            await page.keyboard.press("Enter"); await page.locator("[data-testid=coupon-row][data-on=true]").waitFor(); await page.keyboard.press("ArrowDown");
        },
    },
    "done-split": {
        play: async (page, fake) => {
            await signIn(page); await ring(page, fake); await takeMember(page); await page.keyboard.press("NumpadAdd"); await at(page, "offer").first().waitFor();
            await page.keyboard.press("Alt+1"); await at(page, "entered").first().waitFor(); await type(page, "1000"); await page.keyboard.press("Enter"); await at(page, "done").waitFor();
        },
    },
    "done": { play: async (page, fake) => { await signIn(page); await sell(page, fake); } },
    "members": { play: async (page) => { await signIn(page, "2001"); await page.keyboard.press("F3"); await type(page, "z"); await at(page, "hit").first().waitFor(); await page.keyboard.press("ArrowDown"); } },
    "members-new": { play: async (page) => { await signIn(page, "2001"); await page.keyboard.press("F3"); await type(page, "13666667777"); await at(page, "register-row").waitFor(); } },
    "member-page": { play: async (page, fake) => { await signIn(page); await sell(page, fake); await page.keyboard.press("Enter"); await takeMember(page); await page.keyboard.press("F3"); await at(page, "timeline-item").first().waitFor(); } },
    "member-change": { play: async (page) => { await signIn(page); await takeMember(page); await page.keyboard.press("F3"); await at(page, "timeline-item").first().waitFor(); await page.keyboard.press("Alt+e"); await at(page, "change-form").waitFor(); } },
    "today": { play: async (page, fake) => { await signIn(page); for (let n = 0; n < 3; n++) { await sell(page, fake); await page.keyboard.press("Enter"); } await page.keyboard.press("F11"); await at(page, "sale-detail").waitFor(); } },
    "today-empty": { play: async (page) => { await signIn(page); await page.keyboard.press("F11"); await at(page, "today").waitFor(); } },
    "sync-stopped": { before: (fake) => { fake.state.link = { state: "stopped", why: "fork" }; fake.state.unsent = 214; fake.state.clockAheadMs = 600_000; }, play: async (page) => { await signIn(page); await page.keyboard.press("Alt+s"); await at(page, "sync-panel").waitFor(); await page.keyboard.press("Alt+v"); await at(page, "verify-report").waitFor(); } },
    "sync-offline": { before: (fake) => { fake.state.link = { state: "offline" }; fake.state.unsent = 3; }, play: async (page) => { await signIn(page, "2001"); await page.keyboard.press("Alt+s"); await page.keyboard.press("Enter"); await page.locator("[data-code='server.unreachable']").waitFor(); } },
    "help": { play: async (page) => { await signIn(page); await page.keyboard.press("F1"); await at(page, "help").waitFor(); } },
    "revoked": { node: "revoked", before: (fake) => { fake.state.link = { state: "stopped", why: "revoked" }; fake.state.unsent = 3; }, play: async (page) => { await at(page, "staff").first().waitFor(); await type(page, "1001"); await page.keyboard.press("Enter"); await at(page, "not-selling").waitFor(); } },
    "hq-first": { node: "hq_unset", play: async (page) => { await at(page, "first-code").fill("XXXX"); await at(page, "first-login").fill("chen"); await at(page, "first-name").fill("陈总"); await at(page, "first-password").fill("correct horse battery"); await at(page, "first-password-again").fill("correct horse battery"); await page.keyboard.press("Enter"); await page.locator("[data-code='first_admin.code_wrong']").waitFor(); } },
    "pin-restarted": { play: async (page, fake) => { await signIn(page); await ring(page, fake, 2); fake.end(null); await at(page, "lost-cart").waitFor(); } },
    "pin-changed": { play: async (page, fake) => { await signIn(page); fake.end("secret_changed"); await at(page, "signed-out").waitFor(); } },
    "pin-not-here": { play: async (page, fake) => { await signIn(page); fake.end("not_here"); await at(page, "signed-out").waitFor(); } },
    "hq-idle": { node: "hq", play: hq(async (page, fake) => { fake.end("idle"); await at(page, "signed-out").waitFor(); }) },
    "hq-sign-in": { node: "hq", play: async (page) => { await at(page, "login").fill("chen"); await at(page, "password").fill("wrong"); await page.keyboard.press("Enter"); await page.locator("[data-code='password.wrong']").waitFor(); } },
    "hq-today": { node: "hq", play: hq((page) => at(page, "store-row").first().waitFor()) },
    "hq-cannot-write": { node: "hq", before: cannotWrite, play: hq(async (page) => { await at(page, "store-row").first().waitFor(); await at(page, "hq-cannot-write").waitFor(); }) },
    "hq-cannot-write-rule": { node: "hq", before: cannotWrite, play: hq(async (page) => { await at(page, "hq-cannot-write").waitFor(); await at(page, "nav-rules").click(); await page.locator("[data-id=r0] a").click(); await at(page, "new-version").click(); await at(page, "order").scrollIntoViewIfNeeded(); }) },
    "hq-members": { node: "hq", play: hq(async (page) => { await at(page, "nav-members").click(); await at(page, "member-box").fill("z"); await at(page, "hit").first().waitFor(); }) },
    "hq-member": { node: "hq", play: hq(async (page) => { await at(page, "nav-members").click(); await at(page, "member-box").fill("z"); await at(page, "hit").first().click(); await at(page, "timeline-item").first().waitFor(); }) },
    "hq-adjust": { node: "hq", play: hq(async (page) => { await at(page, "nav-members").click(); await at(page, "member-box").fill("z"); await at(page, "hit").first().click(); await at(page, "timeline-item").first().waitFor(); await page.keyboard.press("Alt+j"); await at(page, "adjust-points").fill("-200"); await at(page, "adjust-reason").fill("活动重复发放，冲回"); await page.keyboard.press("Enter"); await at(page, "adjust-check").waitFor(); }) },
    "hq-goods": { node: "hq", play: hq(async (page) => { await at(page, "nav-goods").click(); await at(page, "goods-none").waitFor(); await page.keyboard.type("m"); await at(page, "goods-row").first().waitFor(); await page.keyboard.press("ArrowDown"); }) },
    "hq-goods-edit": { node: "hq", play: hq(async (page) => { await at(page, "nav-goods").click(); await at(page, "goods-box").fill("m"); await at(page, "goods-row").first().waitFor(); await page.keyboard.press("Enter"); await at(page, "edit-tags").fill("清仓"); await page.keyboard.press("Enter"); await at(page, "edit-codes").fill("taken"); await page.keyboard.press("Enter"); await at(page, "edit-save").click(); await page.locator("[data-code='barcode.taken']").waitFor(); }) },
    "hq-stores": { node: "hq", play: hq(async (page) => { await at(page, "nav-stores").click(); await at(page, "store-row").first().waitFor(); }) },
    "hq-staff": { node: "hq", play: hq(async (page) => { await at(page, "nav-staff").click(); await at(page, "staff-row").first().waitFor(); }) },
    "hq-devices": { node: "hq", play: hq(async (page) => { await at(page, "nav-devices").click(); await at(page, "device-row").first().waitFor(); }) },
    "hq-enrol": { node: "hq", play: hq(async (page) => { await at(page, "nav-devices").click(); await at(page, "device-row").first().waitFor(); await at(page, "enrol").click(); await at(page, "enrol-store").selectOption({ index: 1 }); await at(page, "make-code").click(); await at(page, "made-code").waitFor(); }) },
    "hq-revoke": { node: "hq", play: hq(async (page) => { await at(page, "nav-devices").click(); await at(page, "device-row").first().waitFor(); await at(page, "revoke").first().click(); await at(page, "revoke-reason").waitFor(); }) },
    "hq-rules": { node: "hq", play: hq(async (page) => { await at(page, "nav-rules").click(); await at(page, "rule-row").first().waitFor(); }) },
    "hq-rule": { node: "hq", play: hq(async (page) => { await at(page, "nav-rules").click(); await page.locator("[data-id=r1] a").click(); await at(page, "version-row").first().waitFor(); }) },
    "hq-rule-edit": { node: "hq", play: hq(async (page) => { await at(page, "nav-rules").click(); await page.locator("[data-id=r0] a").click(); await at(page, "new-version").click(); await at(page, "step-off").first().fill("60"); await at(page, "try").click(); await at(page, "preview").waitFor(); }) },
    "hq-rule-when": { node: "hq", play: hq(async (page) => { await at(page, "nav-rules").click(); await page.locator("[data-id=r0] a").click(); await at(page, "new-version").click(); await at(page, "weekdays").scrollIntoViewIfNeeded(); await page.locator("[data-place=who]").scrollIntoViewIfNeeded(); }) },
    "hq-rule-stacking": { node: "hq", play: hq(async (page) => { await at(page, "nav-rules").click(); await page.locator("[data-id=r0] a").click(); await at(page, "new-version").click(); await at(page, "order").scrollIntoViewIfNeeded(); }) },
    "hq-rule-wrong": { node: "hq", play: hq(async (page) => { await at(page, "nav-rules").click(); await at(page, "new-rule").click(); await at(page, "rule-name").fill("周末满减"); await at(page, "step-off").first().fill("500"); await at(page, "try").click(); await page.locator("[data-code]:not([data-code=''])").first().waitFor(); await at(page, "cap").fill("三十"); }) },
    "hq-rule-bundle": { node: "hq", play: hq(async (page) => { await at(page, "nav-rules").click(); await page.locator("[data-id=r5] a").click(); await at(page, "new-version").click(); await at(page, "parts").waitFor(); await at(page, "part-0-products-search").fill("保"); await page.getByRole("option").first().waitFor(); }) },
    "hq-rule-tiers": { node: "hq", play: hq(async (page) => { await rules(page, "tiers"); await at(page, "rule-row").locator("a").click(); await at(page, "new-version").click(); await at(page, "levels").waitFor(); }) },
    "hq-rule-points": { node: "hq", play: hq(async (page) => { await rules(page, "points"); await at(page, "rule-row").locator("a").click(); await at(page, "new-version").click(); await at(page, "multipliers").scrollIntoViewIfNeeded(); }) },
    "hq-rule-coupon": { node: "hq", play: hq(async (page) => { await rules(page, "coupon"); await at(page, "new-rule").click(); await at(page, "per-member-most").scrollIntoViewIfNeeded(); }) },
    "hq-rule-coupon-tried": { node: "hq", play: hq(async (page) => { await rules(page, "coupon"); await at(page, "new-rule").click(); await at(page, "rule-name").fill("换季厨具满200减30"); await at(page, "try").click(); await at(page, "preview").waitFor(); }) },
    "hq-rule-card": { node: "hq", play: hq(async (page) => { await rules(page, "card_type"); await at(page, "rule-row").locator("a").click(); await at(page, "new-version").click(); await at(page, "plans").scrollIntoViewIfNeeded(); }) },
    "hq-rule-tenders": { node: "hq", play: hq(async (page) => { await rules(page, "tenders"); await at(page, "rule-row").locator("a").click(); await at(page, "new-version").click(); await at(page, "tenders").waitFor(); }) },
    "hq-rule-law": { node: "hq", play: hq(async (page) => { await rules(page, "card_law"); await at(page, "rule-row").locator("a").click(); await at(page, "new-version").click(); await at(page, "law-city").waitFor(); }) },
    "hq-rule-tax": { node: "hq", play: hq(async (page) => { await rules(page, "tax"); await at(page, "new-rule").click(); await at(page, "tax-rates-add").click(); await at(page, "tax-category").fill("图书"); }) },
    "hq-rewards": { node: "hq", play: hq(async (page) => { await at(page, "nav-rewards").click(); await at(page, "issue-coupons").click(); await at(page, "batch-name").fill("双十二"); await at(page, "batch-kind").selectOption({ index: 1 }); await at(page, "to-codes").check(); await at(page, "issue-go").click(); await at(page, "batch-codes").first().click(); await at(page, "codes").waitFor(); }) },
    "hq-rewards-issue": { node: "hq", play: hq(async (page) => { await at(page, "nav-rewards").click(); await at(page, "issue-coupons").click(); await at(page, "batch-name").fill("双十二"); await at(page, "batch-kind").selectOption({ index: 2 }); await at(page, "batch-tier").selectOption({ index: 2 }); }) },
    "hq-rewards-sweeps": { node: "hq", play: hq(async (page) => { await at(page, "nav-rewards").click(); await at(page, "rewards-members").click(); await at(page, "expiry-count").click(); await at(page, "expiry-members").waitFor(); await at(page, "review-count").click(); await at(page, "move").first().waitFor(); await at(page, "bonus-count").click(); await at(page, "bonus-sum").waitFor(); }) },
    ...COUNTER_SCENES,
};
