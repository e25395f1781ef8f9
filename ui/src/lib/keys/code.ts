/// Which key went down, by its place on the keyboard. A Chinese input method may answer for the character ("Process",
/// key code 229), but the place it leaves alone.

/** `KeyboardEvent.code`, or as good a guess where a virtual keyboard leaves it out. */
export function codeOf(event: Pick<KeyboardEvent, "code" | "key" | "location">): string {
    if (event.code !== "" && event.code !== "Unidentified") return event.code;
    const onKeypad = event.location === ON_KEYPAD;
    if (/^\d$/.test(event.key)) return `${onKeypad ? "Numpad" : "Digit"}${event.key}`;
    if (/^[a-z]$/i.test(event.key)) return `Key${event.key.toUpperCase()}`;
    return (onKeypad ? KEYPAD[event.key] : undefined) ?? GUESSES[event.key] ?? event.key;
}

/** `KeyboardEvent.DOM_KEY_LOCATION_NUMPAD`. */
const ON_KEYPAD = 3;

const KEYPAD: Record<string, string> = {
    "*": "NumpadMultiply", "+": "NumpadAdd", "-": "NumpadSubtract", "/": "NumpadDivide", ".": "NumpadDecimal", Enter: "NumpadEnter",
};

const GUESSES: Record<string, string> = {
    " ": "Space", ".": "Period", ",": "Comma", "-": "Minus", "/": "Slash", ";": "Semicolon", "'": "Quote", "=": "Equal",
};
