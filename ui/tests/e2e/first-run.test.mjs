/// First run: a code pasted into the window of a till that knows nothing yet.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { by, openBrowser, openPage, picture, refused, type } from "./browser.mjs";
import { Chain, behind } from "./chain.mjs";
import { setUserVersion } from "./sqlcipher.mjs";

let chain, browser;
before(async () => {
    chain = await Chain.start({ enrol: ["HB", "QN"] });
    browser = await openBrowser();
});
after(async () => {
    await browser?.close();
    await chain?.stop();
});

async function join(page, code) {
    await by(page, "enrol-code").fill(code);
    await by(page, "join").click();
}

test("a code that is none, one cut short and one of a wrong secret are told apart, and the right one works", async () => {
    const till = await chain.till("a");
    const page = await openPage(browser, till.url);
    await by(page, "first-run").waitFor();
    assert.equal(await by(page, "key-protection").getAttribute("data-keys"), "file", "what protects the keys is said");
    await picture(page, "first-run");

    await join(page, "hello");
    const words = await refused(page, "enrol.malformed");
    assert.match(words, /[一-鿿]/, "in Chinese");
    await join(page, chain.code("HB").slice(0, -9));
    await refused(page, "enrol.malformed");
    await picture(page, "first-run-malformed");

    await join(page, behind(otherSecret(chain.code("HB")), till.line));
    await refused(page, "enrol.wrong");

    // Pasting brings line breaks along.
    await join(page, ` ${behind(chain.code("HB"), till.line).replace(/(.{40})/g, "$1\n")} `);
    await by(page, "setup-progress").waitFor();
    await picture(page, "first-run-progress");
    await by(page, "pin-pad").waitFor({ timeout: 120_000 });
    // The store's people came with the book.
    await by(page, "staff").nth(3).waitFor();
    assert.deepEqual(page.wrongs, []);
});

test("a code is good once", async () => {
    const till = await chain.till("again");
    const page = await openPage(browser, till.url, { language: "en" });
    await join(page, behind(chain.code("HB"), till.line));
    const words = await refused(page, "enrol.used");
    assert.match(words, /used/i);
    await picture(page, "first-run-used");
    // The form is there again, for another code.
    assert.ok(await by(page, "join").isVisible());
});

test("while the line is cut a till says that nobody answers, and joins when it is open", async () => {
    const till = await chain.till("late");
    till.line.cut();
    const page = await openPage(browser, till.url);
    await join(page, behind(chain.code("QN"), till.line));
    await refused(page, "server.unreachable");
    till.line.open();
    await by(page, "join").click();
    await by(page, "pin-pad").waitFor({ timeout: 120_000 });
    assert.deepEqual(page.wrongs, []);
});

test("a till that starts a chain of its own sells at once, with no server", async () => {
    const till = await chain.till("own");
    const page = await openPage(browser, till.url);
    await by(page, "way-start").click();
    for (const [id, text] of [["chain-name", "巷口小店"], ["store-name", "一号店"], ["store-code", "yh1"], ["manager-name", "周敏"], ["manager-pin", "4711"], ["manager-pin-again", "4712"]]) {
        await by(page, id).fill(text);
    }
    assert.ok(await by(page, "start").isDisabled(), "two different PINs");
    await by(page, "manager-pin-again").fill("4711");
    await by(page, "start").click();
    await by(page, "pin-pad").waitFor();
    await by(page, "staff").waitFor();
    await type(page, "4711");
    await page.keyboard.press("Enter");
    await by(page, "scan-box").waitFor();
    assert.equal(await by(page, "link-state").getAttribute("data-state"), "no_server");
    assert.deepEqual(page.wrongs, []);
});

test("a book that a newer program wrote is said to be one, in both languages, and is left as it is", async () => {
    let till = await chain.till("newer");
    await till.desk.rpc("setup.start", { chain_name: "巷口小店", store_name: "一号店", store_code: "YH1", manager_name: "周敏", pin: "4711" });
    await till.end();
    const version = setUserVersion(till.folder, 99);
    const book = readFileSync(path(till.folder, "book.db"));
    till = await chain.till("newer", till.line);
    for (const [language, words] of [["zh-CN", ["更新版", "账都在", "请更新"]], ["en", ["newer program", "nothing is lost", "Update the program"]]]) {
        const page = await openPage(browser, till.url, { language });
        const said = await refused(page, "database.newer");
        for (const word of words) assert.ok(said.includes(word), `${word}: ${said}`);
        await by(page, "setup-broken").waitFor();
        for (const way of ["way-join", "way-start", "join", "start-over"]) assert.equal(await by(page, way).count(), 0, `${way} would go over the book`);
        await picture(page, `first-run-newer-${language}`);
        assert.deepEqual(page.wrongs, []);
        await page.context().close();
    }
    await till.end();
    assert.ok(readFileSync(path(till.folder, "book.db")).equals(book), "not a byte was changed");
    // The program that wrote it opens it.
    setUserVersion(till.folder, version);
    till = await chain.till("newer", till.line);
    const page = await openPage(browser, till.url);
    await by(page, "pin-pad").waitFor();
    assert.deepEqual(page.wrongs, []);
});

/** The code with another secret in it and a right checksum: what a guess would look like. */
function otherSecret(code) {
    const bytes = Buffer.from(code.slice("HEFU-".length), "base64url");
    const told = JSON.parse(bytes.subarray(4).toString());
    told.secret = [...told.secret].reverse().join("");
    // `readdress` writes the checksum anew.
    return `HEFU-${Buffer.concat([bytes.subarray(0, 4), Buffer.from(JSON.stringify(told))]).toString("base64url")}`;
}
