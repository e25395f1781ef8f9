/// What a person does at a till with members, cards and money, by keys.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { by, scan, type } from "./browser.mjs";
import { until } from "./chain.mjs";

/** Finds by phone, or registers; leaves the member on the cart. Answers their id. */
export async function memberOnCart(page, phone, name = "") {
    await page.keyboard.press("F3");
    await by(page, "member-box").waitFor();
    // By hand: quicker keys are a scanned card.
    await type(page, phone);
    if (name !== "") await by(page, "register-name").fill(name);
    await page.keyboard.press("Enter");
    await by(page, "member-card").waitFor();
    return (await by(page, "member-card").getAttribute("data-id")) ?? "";
}

export async function memberPage(page, phone) {
    await memberOnCart(page, phone);
    await page.keyboard.press("F3");
    await by(page, "member-page").waitFor();
}

/** From a member's page to an empty cart without a member. */
export async function leaveMember(page) {
    await page.keyboard.press("Escape");
    await leaveCart(page);
}

export async function leaveCart(page) {
    await by(page, "scan-box").waitFor();
    await page.keyboard.press("Control+Delete");
    await by(page, "clear-question").waitFor();
    await page.keyboard.press("Enter");
    await by(page, "clear-question").waitFor({ state: "detached" });
}

/** A part of the member's page: points, cards, coupons. */
export async function toPart(page, name) {
    for (let steps = 0; steps < 4; steps++) {
        if ((await by(page, `part-${name}`).getAttribute("aria-selected")) === "true") return;
        await page.keyboard.press("ArrowRight");
    }
    await page.locator(`[data-testid=part-${name}][aria-selected=true]`).waitFor();
}

/** One of what stands in a column, by the arrows, wherever it stands and whichever is marked. */
export async function choose(page, id, words) {
    const marks = () => by(page, id).evaluateAll((all) => all.map((each) => [each.innerText, each.ariaChecked === "true"]));
    const wanted = (await marks()).findIndex(([text]) => text.includes(words));
    assert.notEqual(wanted, -1, `${words} is not offered`);
    for (;;) {
        const marked = (await marks()).findIndex(([, chosen]) => chosen);
        if (marked === wanted) return;
        await page.keyboard.press(marked < wanted ? "ArrowDown" : "ArrowUp");
    }
}

/** A card's page, by its number. */
export async function toCard(page, cardNo) {
    await page.keyboard.press("F9");
    await by(page, "card-box").waitFor();
    await scan(page, cardNo);
    await by(page, "card-facts").waitFor();
}

/** To the payment, with what it offers. */
export async function toPayment(page) {
    await page.keyboard.press("NumpadAdd");
    await by(page, "payment").waitFor();
    await by(page, "offer").first().waitFor();
}

/** Takes the first offer of a kind by its own key, for what was typed before it. */
export async function takeOffer(page, kind) {
    const kinds = await by(page, "offer").evaluateAll((all) => all.map((each) => each.dataset.kind));
    await page.keyboard.press(`Alt+${kinds.indexOf(kind) + 1}`);
}

/** A sale's lines, for goods of it to come back. */
export async function toRefund(page, receiptNo) {
    await page.keyboard.press("F7");
    await by(page, "refund-box").waitFor();
    await scan(page, receiptNo);
    await by(page, "refund-line").first().waitFor();
}

/** One more of a line comes back. */
export async function takeBack(page, no) {
    const current = page.locator(`[data-testid=refund-line][data-no="${no}"][aria-current=true]`);
    for (let lines = 0; lines < 20 && (await current.count()) === 0; lines++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("NumpadAdd");
    await by(page, "points-taken").waitFor();
}

/** What was paid by what, or goes back to it: `["cash", 12000]`, of a card principal and bonus. */
export async function tenders(page) {
    return await by(page, "tender").evaluateAll((all) => all.map((term) => {
        const amounts = [...term.nextElementSibling.querySelectorAll(".money")].map((each) => Number(each.dataset.fen));
        return [term.dataset.kind, ...amounts];
    }));
}

/** The latest movements of the account that is shown come to these: `["sale", "−70.00", "280.00"]`, a bonus's marked as such. */
export async function moved(page, rows) {
    let shown = [];
    await until("the account's movements", async () => {
        shown = await by(page, "ledger-row").evaluateAll((all) => all.map((row) => {
            const [, , amount, balance] = [...row.cells].map((cell) => cell.innerText.trim());
            return [row.dataset.what + (row.querySelector(".what i") === null ? "" : " bonus"), amount, balance];
        }));
        return isDeepStrictEqual(shown.slice(0, rows.length), rows);
    }, 10_000).catch((error) => {
        throw new Error(`${error.message}\n${JSON.stringify(shown)}`);
    });
}

/** The till's own book is right, and agrees with the server's. */
export async function verify(page) {
    await page.keyboard.press("Alt+KeyS");
    await by(page, "sync-panel").waitFor();
    await page.keyboard.press("Alt+KeyV");
    await page.locator('[data-testid="verify-report"][data-ok="true"][data-agrees="true"]').waitFor({ timeout: 60_000 });
}
