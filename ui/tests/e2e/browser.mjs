/// The browser, and what a person at the till does in it: by keys, as a scanner, or by touch.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { clipped } from "./clipping.mjs";

import { scan, type } from "./keys.mjs";

export { scan, type };
export const PICTURES = join(import.meta.dirname, "pictures");

export async function openBrowser() {
    mkdirSync(PICTURES, { recursive: true });
    return await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
        ],
    });
}

/** A page at a till or the console. A script that throws, or a call to anywhere else, fails the test that ends next. */
export async function openPage(browser, url, { language = "zh-CN", theme = "light", width = 1366, height = 768 } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce" });
    await context.addInitScript((chosen) => localStorage.setItem("hefu.language", chosen), language);
    const page = await context.newPage();
    page.wrongs = [];
    page.on("pageerror", (error) => page.wrongs.push(error.stack));
    page.on("request", (request) => {
        if (!request.url().startsWith(url) && !request.url().startsWith("data:")) page.wrongs.push(`asks outside: ${request.url()}`);
    });
    page.on("console", (message) => {
        // A refused command is an answer with a status, which the browser notes as an error of its own.
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) page.wrongs.push(message.text());
    });
    page.setDefaultTimeout(20_000);
    await page.goto(url);
    return page;
}

export const by = (page, id) => page.getByTestId(id);

/** The refusal that is shown, by its code. */
export async function refused(page, code) {
    const shown = page.locator(`[data-testid="error"][data-code="${code}"]`);
    await shown.first().waitFor({ state: "visible" });
    return (await shown.first().innerText()).trim();
}

/** Signs in by keys alone: arrows to the person, digits, Enter. */
export async function signIn(page, role, pin) {
    await by(page, "staff").first().waitFor();
    const names = await by(page, "staff").locator("span").allInnerTexts();
    const wanted = names.indexOf(role);
    for (;;) {
        const marked = await by(page, "staff").evaluateAll((all) => all.findIndex((each) => each.ariaChecked === "true"));
        if (marked === wanted) break;
        await page.keyboard.press("ArrowRight");
    }
    await type(page, pin);
    await page.keyboard.press("Enter");
}

/** Signed in and at the box. */
export async function atTheBox(page, role = "店长", pin = "1001") {
    await signIn(page, role, pin);
    await by(page, "scan-box").waitFor();
}

export async function line(page, code) {
    const row = page.locator(`[data-testid="cart-line"][data-barcode="${code}"]`);
    await row.waitFor();
    return row;
}

export async function fen(page, id) {
    return Number(await by(page, id).first().getAttribute("data-fen"));
}

/** What is cut on it is one of the page's wrongs. */
export async function picture(page, name) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await page.screenshot({ path: join(PICTURES, `${name}.png`) });
    page.wrongs.push(...(await clipped(page)).map((each) => `${name}: ${each}`));
}
