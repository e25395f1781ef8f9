/// Every key of the till, as data: where it counts, what it does and what it is called. The window obeys this table, the
/// action keys are labelled from it and the help overlay is printed from it, so the three cannot disagree.
///
/// A key is named by its place (`KeyboardEvent.code`) with `Alt+`, `Ctrl+` before it. `*`, `+`, `-` and `/` are those of
/// the numeric keypad only: as characters they may stand in a scanned code.

import { m } from "$lib/paraglide/messages";

export type Context =
    | "everywhere" | "till" | "cart" | "hits" | "pay" | "done" | "ask" | "members" | "member" | "today" | "sync" | "pin"
    | "approve" | "reference" | "price" | "coupons";

export type Action =
    | "help" | "goods" | "member" | "today" | "sync" | "sign_out" | "quantity" | "pay" | "remove" | "clear" | "up" | "down"
    | "left" | "right" | "confirm" | "back" | "next" | "erase" | "take_off" | "new_goods" | "change" | "more" | "verify"
    | "price" | "coupons" | "offer" | "whole" | "put_back";

export interface Binding {
    context: Context;
    action: Action;
    /** The first is the one written on the action key. */
    keys: readonly string[];
    /** What to print for a row of keys that mean one thing each: `Alt+1–9`. */
    caps?: readonly string[];
    name: () => string;
}

const back = { action: "back", keys: ["Escape"], name: () => m["keys.back"]() } as const;
const up = { action: "up", keys: ["ArrowUp"], name: () => m["keys.up"]() } as const;
const down = { action: "down", keys: ["ArrowDown"], name: () => m["keys.down"]() } as const;
const ENTER = ["Enter", "NumpadEnter"] as const;
const erase = { action: "erase", keys: ["Backspace"], name: () => m["keys.erase"]() } as const;
/** The first nine of whatever stands in a list. */
const DIGITS = { keys: [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => `Alt+Digit${digit}`), caps: ["Alt+1…9"] } as const;

export const KEYMAP: readonly Binding[] = [
    { context: "everywhere", action: "help", keys: ["F1"], name: () => m["keys.help"]() },

    { context: "till", action: "goods", keys: ["F2"], name: () => m["keys.goods"]() },
    { context: "till", action: "member", keys: ["F3", "NumpadDivide"], name: () => m["keys.member"]() },
    { context: "till", action: "today", keys: ["F11"], name: () => m["keys.today"]() },
    { context: "till", action: "sync", keys: ["Alt+KeyS"], name: () => m["keys.sync"]() },
    { context: "till", action: "sign_out", keys: ["Alt+KeyQ"], name: () => m["keys.sign_out"]() },

    { context: "cart", action: "quantity", keys: ["NumpadMultiply"], name: () => m["keys.quantity"]() },
    { context: "cart", action: "pay", keys: ["NumpadAdd", "Ctrl+Enter"], name: () => m["keys.pay"]() },
    { context: "cart", action: "remove", keys: ["NumpadSubtract", "Delete"], name: () => m["keys.remove"]() },
    { context: "cart", action: "clear", keys: ["Ctrl+Delete"], name: () => m["keys.clear"]() },
    { context: "cart", action: "new_goods", keys: ["Alt+KeyN"], name: () => m["keys.new_goods"]() },
    { context: "cart", action: "price", keys: ["F4"], name: () => m["keys.price"]() },
    { context: "cart", action: "coupons", keys: ["F8"], name: () => m["keys.coupons"]() },
    { context: "cart", action: "confirm", keys: ENTER, name: () => m["keys.enter"]() },
    { context: "cart", ...up },
    { context: "cart", ...down },
    { context: "cart", ...back },

    { context: "hits", action: "confirm", keys: ENTER, name: () => m["keys.choose"]() },
    { context: "hits", ...up },
    { context: "hits", ...down },
    { context: "hits", ...back },

    { context: "pay", action: "confirm", keys: [...ENTER, "NumpadAdd"], name: () => m["keys.take_cash"]() },
    { context: "pay", action: "offer", ...DIGITS, name: () => m["keys.offer"]() },
    { context: "pay", action: "coupons", keys: ["F8"], name: () => m["keys.coupons"]() },
    { context: "pay", action: "erase", keys: ["Backspace"], name: () => m["keys.pay_erase"]() },
    { context: "pay", action: "remove", keys: ["Delete", "NumpadSubtract"], name: () => m["keys.pay_remove"]() },
    { context: "pay", ...up },
    { context: "pay", ...down },
    { context: "pay", ...back },

    { context: "reference", action: "confirm", keys: ENTER, name: () => m["keys.confirm"]() },
    { context: "reference", ...back },

    { context: "price", action: "whole", keys: ["F4"], name: () => m["keys.whole"]() },
    { context: "price", action: "offer", ...DIGITS, name: () => m["keys.reason"]() },
    { context: "price", action: "put_back", keys: ["Ctrl+Delete"], name: () => m["keys.put_back"]() },
    { context: "price", ...back },

    { context: "coupons", action: "confirm", keys: ENTER, name: () => m["keys.coupon_toggle"]() },
    { context: "coupons", action: "coupons", keys: ["F8"], name: () => m["keys.back"]() },
    { context: "coupons", ...up },
    { context: "coupons", ...down },
    { context: "coupons", ...back },

    { context: "approve", action: "confirm", keys: ENTER, name: () => m["keys.approve"]() },
    { context: "approve", ...erase },
    { context: "approve", action: "left", keys: ["ArrowLeft"], name: () => m["keys.staff_left"]() },
    { context: "approve", action: "right", keys: ["ArrowRight"], name: () => m["keys.staff_right"]() },
    { context: "approve", ...back },

    { context: "done", action: "next", keys: ENTER, name: () => m["keys.next"]() },

    { context: "ask", action: "confirm", keys: ENTER, name: () => m["keys.confirm"]() },
    { context: "ask", ...back },

    { context: "members", action: "confirm", keys: ENTER, name: () => m["keys.choose_member"]() },
    { context: "members", action: "take_off", keys: ["Ctrl+Delete"], name: () => m["keys.take_off"]() },
    { context: "members", ...up },
    { context: "members", ...down },
    { context: "members", ...back },

    { context: "member", action: "change", keys: ["Alt+KeyE"], name: () => m["keys.change"]() },
    { context: "member", action: "more", keys: ["PageDown"], name: () => m["keys.more"]() },
    { context: "member", ...up },
    { context: "member", ...down },
    { context: "member", ...back },

    { context: "today", action: "more", keys: ["PageDown"], name: () => m["keys.more"]() },
    { context: "today", ...up },
    { context: "today", ...down },
    { context: "today", ...back },

    { context: "sync", action: "confirm", keys: ENTER, name: () => m["keys.retry"]() },
    { context: "sync", action: "verify", keys: ["Alt+KeyV"], name: () => m["keys.verify"]() },
    { context: "sync", ...back },

    { context: "pin", action: "confirm", keys: ENTER, name: () => m["keys.sign_in"]() },
    { context: "pin", action: "erase", keys: ["Backspace"], name: () => m["keys.erase"]() },
    { context: "pin", action: "left", keys: ["ArrowLeft"], name: () => m["keys.staff_left"]() },
    { context: "pin", action: "right", keys: ["ArrowRight"], name: () => m["keys.staff_right"]() },
    { context: "pin", ...back },
];

export const CONTEXT_NAMES: Record<Context, () => string> = {
    everywhere: () => m["keys.in.everywhere"](),
    till: () => m["keys.in.till"](),
    cart: () => m["keys.in.cart"](),
    hits: () => m["keys.in.hits"](),
    pay: () => m["keys.in.pay"](),
    done: () => m["keys.in.done"](),
    ask: () => m["keys.in.ask"](),
    members: () => m["keys.in.members"](),
    member: () => m["keys.in.member"](),
    today: () => m["keys.in.today"](),
    sync: () => m["keys.in.sync"](),
    pin: () => m["keys.in.pin"](),
    approve: () => m["keys.in.approve"](),
    reference: () => m["keys.in.reference"](),
    price: () => m["keys.in.price"](),
    coupons: () => m["keys.in.coupons"](),
};

const CAPS: Record<string, string> = {
    NumpadMultiply: "*", NumpadAdd: "+", NumpadSubtract: "-", NumpadDivide: "/", NumpadEnter: "Enter", Escape: "Esc",
    ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Backspace: "⌫", Delete: "Del", PageDown: "PgDn",
};

/** What is printed on the key: `NumpadAdd` → `+`, `Alt+KeyS` → `Alt+S`. */
export function capOf(chord: string): string {
    const parts = chord.split("+");
    const key = parts.pop() ?? "";
    return [...parts, CAPS[key] ?? key.replace(/^Key|^Digit/, "")].join("+");
}

/** The key to write on a button for an action, `""` where it has none. */
export function capFor(context: Context, action: Action): string {
    const binding = KEYMAP.find((each) => each.context === context && each.action === action);
    return binding?.keys[0] === undefined ? "" : capOf(binding.keys[0]);
}

export function nameFor(context: Context, action: Action): string {
    return KEYMAP.find((each) => each.context === context && each.action === action)?.name() ?? "";
}
