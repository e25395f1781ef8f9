/// Text that a person cannot read whole: cut by its own box, by a box around it, by the window, or running out of the cell or
/// button that it belongs to. What a scroll brings into sight is not cut.

/** Names of things, as long as whoever made them liked: they end in an ellipsis, and whoever points at them reads them whole. */
const LONG_NAMES = [
    "[data-testid=cart-line] .called",
    "[data-testid=goods-hit] .name",
    "[data-testid=refund-line] .name",
    "[data-testid=member-name], [data-testid=member-line] .called",
    "[data-testid=status-bar] .place",
    ".asking",
];

/** One line for each text that is cut: how, by how many pixels, what, and where. */
export async function clipped(page) {
    return await page.evaluate(look, LONG_NAMES);
}

/** Runs in the page. */
function look(longNames) {
    /** Antialiasing, and sizes that are no whole pixels. */
    const SLACK = 1;
    /** A line's box is taller than its letters. */
    const OF_A_LINE = 0.2;
    const found = new Set();

    const shown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
    const clips = (overflow) => overflow === "hidden" || overflow === "clip";
    const scrolls = (overflow) => overflow === "auto" || overflow === "scroll";

    function where(element) {
        const steps = [];
        for (let at = element; at !== null && at !== document.body && steps.length < 4; at = at.parentElement) {
            const id = at.dataset.testid === undefined ? "" : `[${at.dataset.testid}]`;
            const names = [...at.classList].filter((name) => !name.startsWith("svelte-")).map((name) => `.${name}`).join("");
            steps.unshift(`${at.localName}${id}${names}`);
            if (id !== "" && steps.length > 1) break;
        }
        return steps.join(" > ");
    }

    function say(how, by, words, element) {
        found.add(`${how}${by === 0 ? "" : ` by ${Math.ceil(by)} px`}: "${words.trim().replace(/\s+/g, " ").slice(0, 60)}" in ${where(element)}`);
    }

    /** A name that may end in an ellipsis where `cutter` ends it. */
    function mayEnd(words, cutter) {
        if (getComputedStyle(cutter).textOverflow !== "ellipsis" || !longNames.some((each) => cutter.matches(each))) return false;
        const titled = cutter.closest("[title]");
        return titled !== null && titled.title.includes(words.trim());
    }

    /** The box inside its borders. */
    function inside(element) {
        const { left, top } = element.getBoundingClientRect();
        const x = left + element.clientLeft;
        const y = top + element.clientTop;
        return { left: x, top: y, right: x + element.clientWidth, bottom: y + element.clientHeight };
    }

    /** What lies over a line of text, if anything does: columns that run into each other. A head that stays is no such thing. */
    function over(rect, element) {
        const y = (rect.top + rect.bottom) / 2;
        // A line of which scrolling leaves but a sliver says nothing about what lies where.
        if (rect.bottom - rect.top < 4 || rect.right - rect.left < 4) return null;
        for (const x of [rect.left + 2, (rect.left + rect.right) / 2, rect.right - 2]) {
            const top = document.elementFromPoint(x, y);
            if (top === null || top.contains(element) || element.contains(top)) continue;
            let stays = false;
            for (let at = top; at !== null && !at.contains(element); at = at.parentElement) stays ||= /sticky|fixed|absolute/.test(getComputedStyle(at).position);
            if (!stays) return top;
        }
        return null;
    }

    /** How far a line of text is cut, and by whom; or what of it is in sight, which scrolling may bring more of. Null when nothing is. */
    function cut(rect, element) {
        const line = { left: rect.left, top: rect.top, right: rect.right, bottom: rect.bottom };
        const tall = (line.bottom - line.top) * OF_A_LINE;
        let fixed = false;
        for (let at = element; at !== null; at = at.parentElement) {
            const style = getComputedStyle(at);
            const window = at === document.documentElement;
            const over = window ? ["hidden", "hidden"] : fixed || style.display === "inline" ? [] : [style.overflowX, style.overflowY];
            const box = window ? { left: 0, top: 0, right: innerWidth, bottom: innerHeight } : inside(at);
            if (scrolls(over[1])) {
                if (line.bottom <= box.top || line.top >= box.bottom) return null;
                [line.top, line.bottom] = [Math.max(line.top, box.top), Math.min(line.bottom, box.bottom)];
            } else if (clips(over[1])) {
                const by = Math.max(box.top - line.top, line.bottom - box.bottom);
                if (by > Math.max(SLACK, tall)) return { by, at, how: "cut in height" };
            }
            if (scrolls(over[0])) {
                if (line.right <= box.left || line.left >= box.right) return null;
                [line.left, line.right] = [Math.max(line.left, box.left), Math.min(line.right, box.right)];
            } else if (clips(over[0])) {
                const by = Math.max(box.left - line.left, line.right - box.right);
                if (by > SLACK) return { by, at, how: "cut" };
            }
            // What stands in the top layer, or is fixed, is cut by the window alone.
            if (style.position === "fixed" || at.matches(":modal, :popover-open")) fixed = true;
        }
        return { by: 0, line };
    }

    const modal = [...document.querySelectorAll("dialog:modal")].at(-1);
    for (const element of (modal ?? document.body).querySelectorAll("*")) {
        if (!shown(element) || element.closest("svg, .unseen, option, noscript, template") !== null) continue;
        const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
        const before = found.size;
        for (const node of own) {
            const range = document.createRange();
            range.selectNodeContents(node);
            for (const rect of range.getClientRects()) {
                if (rect.width === 0 || rect.height === 0) continue;
                const seen = cut(rect, element);
                if (seen === null) continue;
                if (seen.by > 0) {
                    if (!mayEnd(node.data, seen.at)) say(seen.how, seen.by, node.data, element);
                    continue;
                }
                const holder = element.closest("button, a, td, th, label, kbd, h1, h2, h3, p, dt, dd, li");
                const box = holder?.getBoundingClientRect();
                const by = box === undefined || getComputedStyle(holder).display === "inline" ? 0 : Math.max(box.left - rect.left, rect.right - box.right);
                if (by > SLACK) say("runs out", by, node.data, element);
                const above = over(seen.line, element);
                if (above !== null) say(`covered by ${where(above)}`, 0, node.data, element);
            }
        }
        if (own.length > 0 && found.size === before && clips(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + SLACK) {
            const words = own.map((node) => node.data).join(" ");
            if (!mayEnd(words, element)) say("cut", element.scrollWidth - element.clientWidth, words, element);
        }
    }

    // Fields show their words in a box of their own.
    const canvas = document.createElement("canvas").getContext("2d");
    for (const field of (modal ?? document).querySelectorAll("input, select, textarea")) {
        if (!shown(field) || ["checkbox", "radio", "range", "file", "hidden", "password"].includes(field.type)) continue;
        const style = getComputedStyle(field, field.value === "" && field.localName !== "select" ? "::placeholder" : null);
        canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const { paddingLeft, paddingRight } = getComputedStyle(field);
        const room = field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
        const words = field.localName === "select" ? (field.selectedOptions[0]?.label ?? "") : field.value === "" ? (field.placeholder ?? "") : field.localName === "textarea" ? "" : field.value;
        const wide = field.localName === "textarea" ? 0 : canvas.measureText(words).width;
        if (wide > room + SLACK) say("cut in a field", wide - room, words, field);
    }
    return [...found];
}
