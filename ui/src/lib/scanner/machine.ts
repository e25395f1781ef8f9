/// Tells a scanner's burst from a person's typing. A keyboard wedge "types" a code key by key, a few milliseconds apart,
/// and mostly ends with Enter or Tab.
///
/// What it promises: it reads the place of a key on the keyboard and the Shift state, never the character, so an input
/// method that swallows, composes or widens the characters cannot change the code. It is a pure machine: time comes in
/// with each key, so tests play any speed.

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
/** So long after its last key a burst is over. */
export const PAUSE_MS = 80;

const PASS: Verdict = { kind: "pass" };

export class ScanMachine {
    #text = "";
    #firstAt = 0;
    #lastAt = Number.NEGATIVE_INFINITY;
    #gapMs = GAP_START_MS;

    /** How far apart two keys of one code may be at most, as learnt. */
    get gapMs(): number {
        return this.#gapMs;
    }

    stroke(key: Stroke): Verdict {
        // Shift goes down and up inside a code; it is neither a character nor an end.
        if (key.code === "ShiftLeft" || key.code === "ShiftRight") return PASS;
        const inBurst = this.#text !== "" && key.at - this.#lastAt <= this.#gapMs;

        if (key.code === "Enter" || key.code === "NumpadEnter" || key.code === "Tab") {
            return inBurst && this.#text.length >= LEAST_WITH_END ? this.#ended() : this.#dropped();
        }
        const character = key.command || key.repeat ? null : characterOf(key.code, key.shift);
        if (character === null) return this.#dropped();

        this.#lastAt = key.at;
        if (inBurst) {
            this.#text += character;
            return PASS;
        }
        this.#text = character;
        this.#firstAt = key.at;
        return { kind: "begun" };
    }

    /** To be asked `PAUSE_MS` after a key: a scanner without an ending key is done by now. */
    pause(at: number): Verdict {
        if (this.#text === "" || at - this.#lastAt < PAUSE_MS) return PASS;
        const code = this.#text;
        const looksLikeCode = code.length >= LEAST_WITHOUT_END && /\d/.test(code);
        this.#text = "";
        return looksLikeCode ? { kind: "scan", text: code } : PASS;
    }

    /** Forgets an unfinished burst: another screen listens now. */
    reset(): void {
        this.#text = "";
    }

    #dropped(): Verdict {
        this.#text = "";
        return PASS;
    }

    #ended(): Verdict {
        const text = this.#text;
        const mean = (this.#lastAt - this.#firstAt) / (text.length - 1);
        // Only a code with an ending key is certain enough to learn from.
        this.#gapMs = Math.min(GAP_MOST_MS, Math.max(GAP_LEAST_MS, Math.round(mean * GAP_SLACK)));
        this.#text = "";
        return { kind: "scan", text };
    }
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
