/// Pictures of every screen on the canned node, at the sizes tills have, light and dark, in both languages.
///
///   npm run build && node tests/fake/pictures.mjs [name…]

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { fakeNode } from "./node.mjs";
import { SCENES } from "./scenes.mjs";

const OUT = join(import.meta.dirname, "../pictures");
const SIZES = [[1024, 768], [1366, 768], [1920, 1080]];
const LOOKS = [["zh-CN", "light"], ["en", "dark"]];
const only = process.argv.slice(2);

mkdirSync(OUT, { recursive: true });
const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

for (const [name, scene] of Object.entries(SCENES)) {
    if (only.length > 0 && !only.some((wanted) => name.startsWith(wanted))) continue;
    for (const [width, height] of SIZES) {
        for (const [language, theme] of LOOKS) {
            const fake = fakeNode(scene.node ?? "till");
            await new Promise((done) => fake.server.listen(0, "127.0.0.1", done));
            const origin = `http://127.0.0.1:${fake.server.address().port}`;
            const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
            await context.addInitScript(([chosen]) => localStorage.setItem("hefu.language", chosen), [language]);
            const page = await context.newPage();
            page.on("pageerror", (error) => console.error(`${name}: ${error.stack}`));
            page.on("request", (request) => {
                if (!request.url().startsWith(origin)) console.error(`${name}: asks outside: ${request.url()}`);
            });
            scene.before?.(fake);
            await page.goto(origin);
            try {
                await scene.play(page, fake);
                await page.waitForTimeout(250);
            } catch (error) {
                console.error(`${name} ${width} ${language}: ${error.message.split("\n").slice(0, 6).join("\n")}`);
            }
            await page.screenshot({ path: join(OUT, `${name}-${width}-${language}-${theme}.png`) });
            const clipped = await page.evaluate(overflowing);
            if (clipped.length > 0) console.log(`${name} ${width} ${language}: clipped: ${clipped.join("; ")}`);
            await context.close();
            fake.server.closeAllConnections();
            fake.server.close();
        }
    }
}
await browser.close();

/** Elements whose words do not fit, where they are not meant to be cut short with an ellipsis. */
function overflowing() {
    const bad = [];
    if (document.documentElement.scrollWidth > innerWidth) bad.push("page is wider than the window");
    for (const element of document.querySelectorAll("button, td, th, dd, dt, h1, h2, p, span, b, kbd, label")) {
        const style = getComputedStyle(element);
        if (style.textOverflow === "ellipsis" || style.clipPath !== "none" || element.closest(".unseen") !== null) continue;
        const box = element.getBoundingClientRect();
        if (box.width === 0) continue;
        if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) bad.push(`${element.tagName} "${element.textContent.trim().slice(0, 30)}"`);
        else if (box.right > innerWidth + 1 || box.bottom > innerHeight + 1) {
            if (element.closest("ul, ol, table, .rows, .staff, .about, .columns, .scroll") === null) bad.push(`outside: ${element.tagName} "${element.textContent.trim().slice(0, 30)}"`);
        }
    }
    return bad.slice(0, 6);
}
