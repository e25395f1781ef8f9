/// Which key went down, by its place on the keyboard. A Chinese input method may answer for the character ("Process",
/// key code 229), but the place it leaves alone.

/** `KeyboardEvent.code`, or as good a guess where a virtual keyboard leaves it empty. */
export function codeOf(event: Pick<KeyboardEvent, "code" | "key">): string {
    if (event.code !== "") return event.code;
    if (/^\d$/.test(event.key)) return `Digit${event.key}`;
    if (/^[a-z]$/i.test(event.key)) return `Key${event.key.toUpperCase()}`;
    return GUESSES[event.key] ?? event.key;
}

const GUESSES: Record<string, string> = {
    " ": "Space", ".": "Period", ",": "Comma", "-": "Minus", "/": "Slash", ";": "Semicolon", "'": "Quote", "=": "Equal",
};
