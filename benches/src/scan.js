// Gives codes as a scanner does and measures from the key that ends a code to the line painted. The keys of one code come
// together: a scanner's keys bear the time at which they were pressed, however long a busy window lets them wait, and a
// page cannot make keys of an earlier time.
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
        setTimeout(() => late(new Error(`no line after 10 s: ${document.body.innerText.slice(0, 600)}`)), 10000);
    });
const behind = async () => JSON.parse(await window.__TAURI_INTERNALS__.invoke("rpc", { name: "status.get", body: "{}" })).sync.behind;

(async () => {
    const spans = [];
    for (const code of codes) {
        for (const digit of code) press(`Digit${digit}`);
        const line = painted();
        const from = performance.now();
        press("Enter");
        const micros = Math.round(((await line) - from) * 1000);
        spans.push([micros, (await behind()) ?? 0]);
        await rest(pauseMs);
    }
    return { spans, lines: document.querySelectorAll("[data-testid='cart-line']").length };
})().then(done, (error) => done({ error: String(error) }));
