// Gives codes as a scanner does, key after key, and measures from the key that ends a code to the line painted.
const [codes, pauseMs, done] = arguments;
const cart = document.querySelector("[data-testid='cart']");
const rest = (ms) => new Promise((after) => setTimeout(after, ms));
const press = (code) => {
    const key = new KeyboardEvent("keydown", { code, key: code.replace(/^(Digit|Key)/, ""), bubbles: true, cancelable: true });
    (document.activeElement ?? document.body).dispatchEvent(key);
};
const painted = () =>
    new Promise((shown, late) => {
        const seen = new MutationObserver(() => {
            seen.disconnect();
            shown(performance.now());
        });
        seen.observe(cart, { attributes: true, attributeFilter: ["data-revision"] });
        setTimeout(() => late(new Error("no line after 10 s")), 10000);
    });
const behind = async () => JSON.parse(await window.__TAURI_INTERNALS__.invoke("rpc", { name: "status.get", body: "{}" })).sync.behind;

(async () => {
    const spans = [];
    for (const code of codes) {
        for (const digit of code) {
            press(`Digit${digit}`);
            await rest(2);
        }
        const line = painted();
        const from = performance.now();
        press("Enter");
        const micros = Math.round(((await line) - from) * 1000);
        spans.push([micros, (await behind()) ?? 0]);
        await rest(pauseMs);
    }
    return { spans, lines: document.querySelectorAll("[data-testid='cart-line']").length };
})().then(done, (error) => done({ error: String(error) }));
