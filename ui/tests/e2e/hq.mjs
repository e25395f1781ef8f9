/// What a person does at head office's console.

import { by } from "./browser.mjs";

export const LOGIN = { login: "zhou.min", password: "pine-lantern-42" };

/** Fills in who the first administrator is to be, and sends it: what comes of it is the caller's to look at. */
export async function nameFirstAdmin(page, code, password = LOGIN.password) {
    const fields = [["first-code", code], ["first-login", LOGIN.login], ["first-name", "周敏"], ["first-password", password], ["first-password-again", password]];
    for (const [id, text] of fields) await by(page, id).fill(text);
    await by(page, "make-admin").click({ timeout: 2000 });
}

/** A job of the navigation. */
export async function go(page, name) {
    await by(page, `nav-${name}`).click();
    await by(page, `hq-${name}`).waitFor();
}

/** The list of one kind of rule. */
export async function toRules(page, kind) {
    await go(page, "rules");
    await by(page, `rule-kind-${kind}`).click();
    await page.locator(`[data-testid=rule-kind-${kind}][aria-current=page]`).waitFor();
}

/** The next version of a rule of which there is one. */
export async function nextVersion(page, kind) {
    await toRules(page, kind);
    await by(page, "rule-row").locator("a").click();
    await by(page, "new-version").click();
    await by(page, "rule-editor").waitFor();
}

/** One of a few that are all in sight. */
export async function pick(page, id, value) {
    await by(page, id).locator("label", { has: page.locator(`input[value="${value}"]`) }).click();
}

/** What the draft would have done to carts that were paid. */
export async function tryRule(page) {
    await by(page, "try").click();
    await page.locator("[data-testid=preview][data-fresh=true]").waitFor();
}

export async function saveRule(page) {
    await by(page, "save-rule").click();
    await by(page, "saved").waitFor();
}

/** A member's page, by phone. */
export async function toMember(page, phone) {
    await go(page, "members");
    await by(page, "member-box").fill(phone);
    await by(page, "hit").first().click();
    await by(page, "page-points").waitFor();
}
