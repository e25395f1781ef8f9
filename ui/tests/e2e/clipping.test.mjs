/// No text is cut on any screen that has a picture, at the sizes of a till and in both languages: the scenes of the canned
/// node, played once each and looked at six times. The real programs' pictures are looked at where they are taken.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { goods, staff, stores } from "../fake/canned.mjs";
import { TYPES } from "../fake/counter.mjs";
import * as money from "../fake/money.mjs";
import { fakeNode } from "../fake/node.mjs";
import { BODIES } from "../fake/rules.mjs";
import { SCENES } from "../fake/scenes.mjs";
import { PICTURES, openBrowser, openPage } from "./browser.mjs";
import { clipped } from "./clipping.mjs";

const SIZES = [[1366, 768], [1280, 800], [1024, 768]];
const LANGUAGES = ["zh-CN", "en"];
/** Scenes wait most of the time: for typing, and for what they asked for. */
const AT_ONCE = 3;

let browser;
before(async () => {
    stretch();
    browser = await openBrowser();
});
after(async () => {
    await browser?.close();
});

/** Goods, people, stores and rules whose names are as long as some are. */
function stretch() {
    stores[0].name = "南京西路久光百货地下一层生活馆店";
    staff[1].name = "阿依古丽·买买提明";
    goods[2].name = "植物精油持久留香深层洁净去渍除菌除螨洗衣液 薰衣草与白茶香型 家庭装 3 kg × 2 瓶";
    money.coupons[0].name = "双十一预热老会员专享家居清洁类满 100 减 15";
    TYPES[0].name = money.cards[0].type_name = "邻里生活二十周年纪念记名储值卡";
    TYPES[0].plans[2].name = "开业周年庆充 1000 送 240，分十二个月到账";
    money.kinds[0].name = "云闪付数字人民币钱包";
    BODIES[0].name = "每月会员日厨具与杯壶满减（与清洁用品满折同时生效）";
}

/** What is cut in a scene, in every language and size. */
async function play(name, scene) {
    const fake = fakeNode(scene.node ?? "till");
    await new Promise((done) => fake.server.listen(0, "127.0.0.1", done));
    const page = await openPage(browser, `http://127.0.0.1:${fake.server.address().port}/`);
    fake.members[0].card.name = "阿卜杜热西提·买买提江·艾合买提";
    scene.before?.(fake);
    const found = [];
    try {
        await scene.play(page, fake);
        for (const language of LANGUAGES) {
            if ((await page.locator("html").getAttribute("lang")) !== language) {
                // A press by hand would close what lies over it.
                await page.getByTestId("language").evaluate((button) => button.click());
                await page.locator(`html[lang="${language}"]`).waitFor();
            }
            for (const [width, height] of SIZES) {
                await page.setViewportSize({ width, height });
                await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
                const cut = await clipped(page);
                found.push(...cut.map((each) => [`${width}×${height} ${language}: ${each}`, name]));
                if (cut.length > 0) await page.screenshot({ path: join(PICTURES, `cut-${name}-${width}-${language}.png`) });
            }
        }
        return [...found, ...page.wrongs.map((wrong) => [wrong, name])];
    } catch (error) {
        return [...found, [error.message, name]];
    } finally {
        await page.context().close();
        fake.server.closeAllConnections();
        fake.server.close();
    }
}

test("no text is cut on any screen", async () => {
    const only = process.env.SCENES?.split(",") ?? [""];
    const scenes = Object.entries(SCENES).filter(([name]) => only.some((wanted) => name.startsWith(wanted)));
    const found = new Map();
    const player = async () => {
        for (let next = scenes.shift(); next !== undefined; next = scenes.shift()) {
            for (const [what, scene] of await play(...next)) found.set(what, [...(found.get(what) ?? []), scene]);
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, player));
    if (found.size > 0) assert.fail([...found].map(([what, where]) => `${what}  (${where.join(", ")})`).sort().join("\n"));
});
