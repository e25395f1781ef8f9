/// Keys as a scanner and as a person send them. What tells the two apart is the time between keys, and a busy machine is not
/// to decide it: each key bears its own time, however late it is taken.

const SCANNER_GAP_MS = 2;
const PERSON_GAP_MS = 60;

const SIGNS = { ".": ["Period", 190], "-": ["Minus", 189], "*": ["Digit8", 56], " ": ["Space", 32] };
export const ENTER = { key: "Enter", text: "\r", code: "Enter", windowsVirtualKeyCode: 13 };
export const TAB = { key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 };

function keyOf(sign) {
    const upper = sign.toUpperCase();
    const [code, windowsVirtualKeyCode] = SIGNS[sign] ?? [`${/\d/.test(sign) ? "Digit" : "Key"}${upper}`, upper.charCodeAt(0)];
    return { key: sign, text: sign, code, windowsVirtualKeyCode };
}

function stroke(keyboard, { text, ...key }, atMs) {
    const timestamp = atMs / 1000;
    const down = text === undefined ? { type: "rawKeyDown" } : { type: "keyDown", text };
    return Promise.all([
        keyboard.send("Input.dispatchKeyEvent", { ...down, ...key, timestamp }),
        keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...key, timestamp }),
    ]);
}

/** A wedge's burst: two milliseconds a key, then the key it ends with, `null` for none. */
export async function scan(page, code, end = ENTER) {
    const keyboard = await page.context().newCDPSession(page);
    const keys = [...[...code].map(keyOf), ...(end === null ? [] : [end])];
    // No key bears a time to come: where none ends the code, the pause after the last of them is what counts.
    const begun = Date.now() - (end === null ? keys.length * SCANNER_GAP_MS : 0);
    await Promise.all(keys.map((key, at) => stroke(keyboard, key, begun + at * SCANNER_GAP_MS)));
    await keyboard.detach();
}

/** As a person types who is quick. Characters that no key has come as from an input method. */
export async function type(page, text) {
    const keyboard = await page.context().newCDPSession(page);
    const begun = Date.now();
    const until = (due) => new Promise((done) => setTimeout(done, Math.max(0, due - Date.now())));
    for (const [at, sign] of [...text].entries()) {
        const due = begun + at * PERSON_GAP_MS;
        await until(due);
        if (/[\dA-Za-z]/.test(sign) || sign in SIGNS) await stroke(keyboard, keyOf(sign), due);
        else await keyboard.send("Input.insertText", { text: sign });
    }
    // The hand goes on no sooner to what comes next.
    await until(begun + text.length * PERSON_GAP_MS);
    await keyboard.detach();
}
