/// Tells a scanner's burst from a person's typing. A keyboard wedge "types" a code key by key, a few milliseconds apart,
/// and mostly ends with Enter or Tab.
///
/// What it promises: it reads the place of a key on the keyboard and the Shift state, never the character, so an input
/// method that swallows, composes or widens the characters cannot change the code; and a burst that stumbles, because the
/// machine was busy, is still one code. It is a pure machine: time comes in with each key, so tests play any speed.

/** One key going down, as far as the machine cares. */
export interface Stroke {
    /** Where the key is: `KeyboardEvent.code`. */
    code: string;
    shift: boolean;
    /** Held with Ctrl, Alt or Meta: a command, never part of a code. */
    command: boolean;
    /** Sent by holding the key down. */
    repeat: boolean;
    /** Milliseconds, from the same clock as `pause`. */
    at: number;
}

export type Verdict =
    /** Nothing to do: the key goes where keys go. */
    | { kind: "pass" }
    /** The first key of what may become a burst: remember what stood in the box. */
    | { kind: "begun" }
    /** A whole code. The key that ended it belongs to the scanner and must go nowhere else. */
    | { kind: "scan"; text: string };

/** Gaps between keys are expected below this until a scanner has shown how fast it is. */
const GAP_START_MS = 40;
const GAP_LEAST_MS = 25;
const GAP_MOST_MS = 60;
/** The allowed gap is this many times the mean gap seen in codes that were certainly scanned. */
const GAP_SLACK = 4;
/** A burst this long ended by Enter or Tab is a code: nobody types four keys and Enter that fast. */
const LEAST_WITH_END = 4;
/** Without an ending key it must be longer, and hold a digit, as codes do and fast-typed pinyin does not. */
const LEAST_WITHOUT_END = 6;
/** Digits that came this shortly before a burst of digits are its own beginning: the burst stumbled. */
const STUMBLE_MS = 1000;
/** A scanner on a busy machine stumbles this often in a code at most; a person's typing is nothing but stumbles. */
const STUMBLES_MOST = 2;
/** So long after its last key a burst without an ending key is over: at once when its check digit is right, … */
export const PAUSE_WHOLE_MS = 80;
/** … later when more may come, … */
export const PAUSE_MS = 250;
/** … and later still from a scanner that has shown that it ends its codes with a key. */
export const PAUSE_ENDED_MS = 500;

const PASS: Verdict = { kind: "pass" };

export class ScanMachine {
    /** The burst under way. */
    #text = "";
    /** Digits before a stumble. */
    #head = "";
    #stumbles = 0;
    #firstAt = 0;
    #lastAt = Number.NEGATIVE_INFINITY;
    #gapMs = GAP_START_MS;
    #endsWithKey = false;

    /** How far apart two keys of one code may be at most, as learnt. */
    get gapMs(): number {
        return this.#gapMs;
    }

    /** How long after the last key to call `pause`. */
    get pauseMs(): number {
        if (this.#endsWithKey) return PAUSE_ENDED_MS;
        return hasCheckDigit(this.#head + this.#text) ? PAUSE_WHOLE_MS : PAUSE_MS;
    }

    stroke(key: Stroke): Verdict {
        // Shift goes down and up inside a code; it is neither a character nor an end.
        if (key.code === "ShiftLeft" || key.code === "ShiftRight") return PASS;
        const inBurst = this.#text !== "" && key.at - this.#lastAt <= this.#gapMs;

        if (key.code === "Enter" || key.code === "NumpadEnter" || key.code === "Tab") {
            if (inBurst && this.#text.length >= LEAST_WITH_END) return this.#ended();
            return this.#stumbledToItsEnd(key.at) ? { kind: "scan", text: this.#taken() } : this.#dropped();
        }
        const character = key.command || key.repeat ? null : characterOf(key.code, key.shift);
        if (character === null) return this.#dropped();

        const gap = key.at - this.#lastAt;
        this.#lastAt = key.at;
        if (inBurst) {
            this.#text += character;
            return PASS;
        }
        const before = this.#head + this.#text;
        const stumbled = gap <= STUMBLE_MS && /^\d+$/.test(before) && /\d/.test(character);
        this.#head = stumbled ? before : "";
        this.#stumbles = stumbled ? this.#stumbles + 1 : 0;
        this.#text = character;
        this.#firstAt = key.at;
        return stumbled ? PASS : { kind: "begun" };
    }

    /** To be asked `pauseMs` after a key: a scanner without an ending key is done by now. */
    pause(at: number): Verdict {
        if (this.#text === "" || at - this.#lastAt < this.pauseMs) return PASS;
        const looksLikeCode = this.#text.length >= LEAST_WITHOUT_END && /\d/.test(this.#text);
        if (!looksLikeCode) return PASS;
        return { kind: "scan", text: this.#taken() };
    }

    /** Forgets an unfinished burst: another screen listens now. */
    reset(): void {
        this.#taken();
    }

    #taken(): string {
        // A stumble joins digits with digits; letters after it make the burst a code of its own.
        const text = /^\d+$/.test(this.#text) ? this.#head + this.#text : this.#text;
        this.#text = "";
        this.#head = "";
        this.#stumbles = 0;
        return text;
    }

    #dropped(): Verdict {
        this.#taken();
        return PASS;
    }

    /** A code that stumbled within its last keys is known by its check digit: not everywhere does a box hold the keys. */
    #stumbledToItsEnd(at: number): boolean {
        const few = this.#stumbles <= STUMBLES_MOST;
        return few && at - this.#lastAt <= STUMBLE_MS && hasCheckDigit(this.#head + this.#text);
    }

    #ended(): Verdict {
        const mean = (this.#lastAt - this.#firstAt) / (this.#text.length - 1);
        // Only a code with an ending key is certain enough to learn from.
        this.#gapMs = Math.min(GAP_MOST_MS, Math.max(GAP_LEAST_MS, Math.round(mean * GAP_SLACK)));
        this.#endsWithKey = true;
        return { kind: "scan", text: this.#taken() };
    }
}

/** Whether these are the digits of a whole EAN-8, UPC-A, EAN-13 or GTIN-14. */
export function hasCheckDigit(text: string): boolean {
    if (!/^(\d{8}|\d{12,14})$/.test(text)) return false;
    const sum = [...text].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
    return sum % 10 === 0;
}

const SIGNS: Record<string, readonly [plain: string, shifted: string]> = {
    Digit1: ["1", "!"], Digit2: ["2", "@"], Digit3: ["3", "#"], Digit4: ["4", "$"], Digit5: ["5", "%"],
    Digit6: ["6", "^"], Digit7: ["7", "&"], Digit8: ["8", "*"], Digit9: ["9", "("], Digit0: ["0", ")"],
    Minus: ["-", "_"], Equal: ["=", "+"], BracketLeft: ["[", "{"], BracketRight: ["]", "}"],
    Backslash: ["\\", "|"], Semicolon: [";", ":"], Quote: ["'", '"'], Backquote: ["`", "~"],
    Comma: [",", "<"], Period: [".", ">"], Slash: ["/", "?"], Space: [" ", " "], NumpadDecimal: [".", "."],
};

/** The character of a key on a US layout, which is what scanners are shipped with; `null` for keys that have none. The
 * signs of the numeric keypad are commands of the till and never part of a code. */
export function characterOf(code: string, shift: boolean): string | null {
    const letter = /^Key([A-Z])$/.exec(code)?.[1];
    if (letter !== undefined) return shift ? letter : letter.toLowerCase();
    const digit = /^Numpad(\d)$/.exec(code)?.[1];
    if (digit !== undefined) return digit;
    return SIGNS[code]?.[shift ? 1 : 0] ?? null;
}
