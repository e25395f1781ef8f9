/// What is played before the pictures of refunds, cards and the member's accounts.

import { scan, type } from "../e2e/keys.mjs";
import { ring, signIn } from "./scenes.mjs";

const at = (page, id) => page.getByTestId(id);

async function chooseMember(page, words = "13800138000") {
    await at(page, "member-box").waitFor();
    await type(page, words);
    await at(page, "hit").first().waitFor();
    await page.keyboard.press("Enter");
}

async function refundLines(page, pin = "1001") {
    await signIn(page, pin);
    await page.keyboard.press("F7");
    await at(page, "refund-box").waitFor();
    await scan(page, "NJX2000031");
    await at(page, "refund-line").first().waitFor();
}

async function chooseSome(page) {
    await page.keyboard.press("NumpadAdd");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("NumpadAdd");
    await page.keyboard.press("NumpadAdd");
    await at(page, "points-taken").waitFor();
}

async function cardPage(page, no = "8800000000001234", pin = "1001") {
    await signIn(page, pin);
    await page.keyboard.press("F9");
    await at(page, "card-box").waitFor();
    await scan(page, no);
    await at(page, "card-facts").waitFor();
    await at(page, "ledger-row").first().waitFor();
}

async function memberPart(page, steps) {
    await signIn(page);
    await page.keyboard.press("F3");
    await chooseMember(page);
    await at(page, "member-card").waitFor();
    await page.keyboard.press("F3");
    await at(page, "timeline-item").first().waitFor();
    for (let n = 0; n < steps; n++) await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(100);
}

/** The form of who buys, by Enter where a document is needed. */
async function toBuyer(page, pin) {
    await cardPage(page, undefined, pin);
    await page.keyboard.press("NumpadAdd");
    await at(page, "buyer-needed").waitFor();
    await page.keyboard.press("Enter");
    await at(page, "buyer-form").waitFor();
}

/** A company instead of whoever is on record, filled in by keys alone. */
async function toCompany(page) {
    await cardPage(page);
    await page.keyboard.press("NumpadAdd");
    await at(page, "buyer-on-record").waitFor();
    await page.keyboard.press("Alt+b");
    await at(page, "buyer-form").waitFor();
    await page.keyboard.press("Alt+3");
    await at(page, "agent-name").waitFor();
    await at(page, "buyer-number").focus();
    for (const text of ["91350100M000100Y43", "湖滨贸易有限公司", "13812341234", "李秀英", "", "440524188001010014"]) {
        // As a hand types: a burst is a reader's.
        await type(page, text);
        await page.keyboard.press("Tab");
    }
    await at(page, "agent-number").focus();
}

export const COUNTER_SCENES = {
    "refund-empty": { play: async (page) => { await signIn(page, "2001"); await page.keyboard.press("F7"); await at(page, "refund-box").waitFor(); } },
    "refund-member": { play: async (page) => { await signIn(page); await page.keyboard.press("F7"); await at(page, "refund-box").waitFor(); await page.keyboard.press("F3"); await chooseMember(page); await at(page, "refund-sale").first().waitFor(); await page.keyboard.press("ArrowDown"); } },
    "refund-lines": { play: async (page) => { await refundLines(page); await chooseSome(page); await page.keyboard.press("Alt+1"); } },
    "refund-all": { play: async (page) => { await refundLines(page); await page.keyboard.press("NumpadMultiply"); await at(page, "points-owed").waitFor(); await page.keyboard.press("Enter"); await page.locator("[data-code='reason.needed']").waitFor(); } },
    "refund-approval": { play: async (page) => { await signIn(page, "2001"); await page.keyboard.press("F7"); await page.keyboard.press("Alt+n"); await at(page, "blind-box").waitFor(); await scan(page, "6901234500000"); await at(page, "blind-line").waitFor(); await page.keyboard.press("Alt+1"); await page.keyboard.press("Control+Enter"); await at(page, "approver").first().waitFor(); await page.keyboard.type("999"); } },
    "refund-blind": { play: async (page, fake) => { await signIn(page); await page.keyboard.press("F7"); await page.keyboard.press("Alt+n"); await at(page, "blind-box").waitFor(); for (const product of fake.goods.slice(0, 3)) { await scan(page, product.barcode); await page.waitForTimeout(60); } await page.keyboard.press("NumpadAdd"); await page.keyboard.press("Alt+3"); } },
    "refund-done": { play: async (page) => { await refundLines(page); await chooseSome(page); await page.keyboard.press("Alt+2"); await page.keyboard.press("Enter"); await at(page, "refund-done").waitFor(); } },
    "card-empty": { play: async (page) => { await signIn(page, "2001"); await page.keyboard.press("F9"); await at(page, "card-box").waitFor(); } },
    "card-member": { play: async (page) => { await signIn(page); await page.keyboard.press("F9"); await at(page, "card-box").waitFor(); await page.keyboard.press("F3"); await chooseMember(page); await at(page, "card-row").first().waitFor(); } },
    "card-page": { play: (page) => cardPage(page) },
    "card-top-up": { play: async (page) => { await cardPage(page); await page.keyboard.press("NumpadAdd"); await at(page, "plan").first().waitFor(); await page.keyboard.press("ArrowDown"); await page.keyboard.press("ArrowDown"); await at(page, "top-up-preview").waitFor(); } },
    "card-buyer-needed": { before: (fake) => void (fake.state.buyers.length = 0), play: async (page) => { await cardPage(page); await page.keyboard.press("NumpadAdd"); await at(page, "buyer-needed").waitFor(); } },
    "card-buyer-form": { before: (fake) => void (fake.state.buyers.length = 0), play: async (page) => { await toBuyer(page, "2001"); await type(page, "11010519491231"); await page.keyboard.press("Tab"); await page.locator("[data-code='document.invalid']").waitFor(); } },
    "card-buyer-company": { play: async (page) => { await toCompany(page); } },
    "card-buyer-transfer": { play: async (page) => { await toCompany(page); await page.keyboard.press("Enter"); await at(page, "buyer-on-record").waitFor(); await type(page, "5000"); await at(page, "buyer-transfer").waitFor(); } },
    "card-top-up-pay": { play: async (page) => { await cardPage(page); await page.keyboard.press("NumpadAdd"); await at(page, "top-up-preview").waitFor(); await page.keyboard.press("Enter"); await at(page, "top-up-due").waitFor(); await page.keyboard.type("100"); await page.keyboard.press("Alt+2"); await page.waitForTimeout(100); await page.keyboard.type("250"); } },
    "card-topped": { play: async (page) => { await cardPage(page); await page.keyboard.press("NumpadAdd"); await at(page, "top-up-preview").waitFor(); await page.keyboard.press("Enter"); await at(page, "top-up-due").waitFor(); await page.keyboard.type("500"); await page.keyboard.press("Enter"); await at(page, "card-receipt").waitFor(); } },
    "card-topped-parts": { play: async (page) => { await cardPage(page); await page.keyboard.press("NumpadAdd"); await at(page, "plan").first().waitFor(); await page.keyboard.press("ArrowDown"); await page.keyboard.press("ArrowDown"); await at(page, "top-up-preview").waitFor(); await page.keyboard.press("Enter"); await at(page, "top-up-due").waitFor(); await page.keyboard.press("Enter"); await at(page, "card-receipt").waitFor(); } },
    "card-buyer-read": { before: (fake) => void (fake.state.buyers.length = 0), play: async (page) => { await toBuyer(page); await scan(page, "11010519491231002X"); await at(page, "document-read").waitFor(); } },
    "card-buyer-full": { play: async (page) => { await cardPage(page); await at(page, "buyer-in-full").click(); await page.locator("[data-testid=card-buyer][data-full=true]").waitFor(); } },
    "card-give-back": { play: async (page) => { await cardPage(page); await page.keyboard.press("Alt+r"); await at(page, "card-refund").waitFor(); } },
    "card-lost": { play: async (page) => { await cardPage(page); await page.keyboard.press("Alt+l"); await at(page, "card-act").waitFor(); await page.keyboard.press("Alt+1"); await page.keyboard.press("Enter"); await page.locator("[data-testid=card-facts][data-state=lost]").waitFor(); } },
    "card-reissue": { play: async (page) => { await cardPage(page); await page.keyboard.press("Alt+i"); await at(page, "card-act").waitFor(); } },
    "card-open": { play: async (page) => { await signIn(page); await page.keyboard.press("F9"); await page.keyboard.press("Alt+n"); await at(page, "card-type").first().waitFor(); await page.keyboard.press("Enter"); await page.waitForTimeout(80); } },
    "card-paper": { play: async (page) => { await cardPage(page); await page.keyboard.press("Alt+p"); await at(page, "paper").waitFor(); } },
    "member-points": { play: async (page) => { await memberPart(page, 1); await at(page, "ledger-row").first().waitFor(); } },
    "member-cards": { play: (page) => memberPart(page, 2) },
    "member-coupons": { play: (page) => memberPart(page, 3) },
    "member-issue": { play: async (page) => { await memberPart(page, 0); await page.keyboard.press("Alt+n"); await at(page, "coupon-kind").first().waitFor(); } },
    "drawer": { play: async (page) => { await signIn(page); await page.keyboard.press("F11"); await at(page, "today").waitFor(); await page.keyboard.press("F11"); await at(page, "drawer-closing").waitFor(); } },
    "drawer-paper": { play: async (page) => { await signIn(page); await page.keyboard.press("F11"); await at(page, "today").waitFor(); await page.keyboard.press("F11"); await at(page, "drawer-closing").waitFor(); await page.keyboard.press("Alt+p"); await at(page, "paper").waitFor(); } },
    "today-refund": { play: async (page, fake) => { await signIn(page); await ring(page, fake, 3); await page.keyboard.press("NumpadAdd"); await at(page, "payment").waitFor(); await type(page, "1000"); await page.keyboard.press("Enter"); await at(page, "done").waitFor(); await page.keyboard.press("F11"); await at(page, "sale-detail").waitFor(); } },
};
