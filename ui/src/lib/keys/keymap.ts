/// Every key of the till, as data: where it counts, what it does and what it is called. The window obeys this table, the
/// action keys are labelled from it and the help overlay is printed from it, so the three cannot disagree.
///
/// A key is named by its place (`KeyboardEvent.code`) with `Alt+`, `Ctrl+` before it. `*`, `+`, `-` and `/` are those of
/// the numeric keypad only: as characters they may stand in a scanned code.

import { m } from "$lib/paraglide/messages";

export type Context =
    | "everywhere" | "till" | "cart" | "hits" | "pay" | "done" | "ask" | "members" | "member" | "today" | "sync" | "staff" | "own_pin" | "pin"
    | "approve" | "reference" | "price" | "coupons"
    | "refund_find" | "refund" | "blind" | "card_find" | "card" | "top_up" | "buyer" | "give_back" | "card_act" | "open_card" | "paper" | "drawer";

export type Action =
    | "help" | "goods" | "member" | "today" | "sync" | "rejoin" | "staff" | "own_pin" | "sign_out" | "quantity" | "pay" | "remove" | "clear" | "up" | "down"
    | "left" | "right" | "confirm" | "back" | "next" | "erase" | "take_off" | "new_goods" | "change" | "more" | "verify"
    | "price" | "coupons" | "offer" | "whole" | "put_back"
    | "refund" | "cards" | "add" | "less" | "all" | "exchange" | "no_receipt" | "top_up" | "lost" | "transfer" | "reissue" | "give_back"
    | "reactivate" | "end_exchange" | "pay_out_by" | "print" | "open_card" | "buyer" | "issue" | "drawer" | "adjust";

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
const DIGITS = { keys: [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => `Alt+Digit${digit}`), caps: ["Alt+1-9"] } as const;
const member = { action: "member", keys: ["F3", "NumpadDivide"], name: () => m["keys.member"]() } as const;
const reasons = { action: "offer", ...DIGITS, name: () => m["keys.reason"]() } as const;

export const KEYMAP: readonly Binding[] = [
    { context: "everywhere", action: "help", keys: ["F1"], name: () => m["keys.help"]() },

    { context: "till", action: "goods", keys: ["F2"], name: () => m["keys.goods"]() },
    { context: "till", action: "member", keys: ["F3", "NumpadDivide"], name: () => m["keys.member"]() },
    { context: "till", action: "refund", keys: ["F7"], name: () => m["keys.refund"]() },
    { context: "till", action: "cards", keys: ["F9"], name: () => m["keys.cards"]() },
    { context: "till", action: "today", keys: ["F11"], name: () => m["keys.today"]() },
    { context: "till", action: "sync", keys: ["Alt+KeyS"], name: () => m["keys.sync"]() },
    { context: "till", action: "staff", keys: ["Alt+KeyU"], name: () => m["keys.staff"]() },
    { context: "till", action: "own_pin", keys: ["Alt+KeyK"], name: () => m["keys.own_pin"]() },
    { context: "till", action: "sign_out", keys: ["Alt+KeyQ"], name: () => m["keys.sign_out"]() },

    { context: "cart", action: "quantity", keys: ["NumpadMultiply"], name: () => m["keys.quantity"]() },
    { context: "cart", action: "pay", keys: ["NumpadAdd", "Ctrl+Enter"], name: () => m["keys.pay"]() },
    { context: "cart", action: "remove", keys: ["NumpadSubtract", "Delete"], name: () => m["keys.remove"]() },
    { context: "cart", action: "clear", keys: ["Ctrl+Delete"], name: () => m["keys.clear"]() },
    { context: "cart", action: "new_goods", keys: ["Alt+KeyN"], name: () => m["keys.new_goods"]() },
    { context: "cart", action: "price", keys: ["F4"], name: () => m["keys.price"]() },
    { context: "cart", action: "coupons", keys: ["F8"], name: () => m["keys.coupons"]() },
    { context: "cart", action: "end_exchange", keys: ["Alt+KeyX"], name: () => m["keys.end_exchange"]() },
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
    { context: "approve", action: "left", keys: ["ArrowLeft", "ArrowUp"], name: () => m["keys.staff_left"]() },
    { context: "approve", action: "right", keys: ["ArrowRight", "ArrowDown"], name: () => m["keys.staff_right"]() },
    { context: "approve", ...back },

    { context: "refund_find", action: "confirm", keys: ENTER, name: () => m["keys.find_sale"]() },
    { context: "refund_find", ...member },
    { context: "refund_find", action: "no_receipt", keys: ["Alt+KeyN"], name: () => m["keys.no_receipt"]() },
    { context: "refund_find", ...up },
    { context: "refund_find", ...down },
    { context: "refund_find", ...back },

    { context: "refund", action: "add", keys: ["NumpadAdd", "ArrowRight"], name: () => m["keys.one_more"]() },
    { context: "refund", action: "less", keys: ["NumpadSubtract", "ArrowLeft"], name: () => m["keys.one_less"]() },
    { context: "refund", action: "all", keys: ["NumpadMultiply", "Alt+KeyA"], name: () => m["keys.take_all"]() },
    { context: "refund", ...erase },
    { context: "refund", ...reasons },
    { context: "refund", action: "exchange", keys: ["Alt+KeyX"], name: () => m["keys.exchange"]() },
    { context: "refund", action: "confirm", keys: ENTER, name: () => m["keys.give_refund"]() },
    { context: "refund", ...up },
    { context: "refund", ...down },
    { context: "refund", ...back },

    { context: "blind", action: "add", keys: ["NumpadAdd"], name: () => m["keys.one_more"]() },
    { context: "blind", action: "less", keys: ["NumpadSubtract"], name: () => m["keys.one_less"]() },
    { context: "blind", action: "remove", keys: ["Ctrl+Delete"], name: () => m["keys.remove"]() },
    { context: "blind", ...member },
    { context: "blind", ...reasons },
    { context: "blind", action: "confirm", keys: ENTER, name: () => m["keys.enter"]() },
    { context: "blind", action: "pay", keys: ["Ctrl+Enter"], name: () => m["keys.give_refund"]() },
    { context: "blind", ...up },
    { context: "blind", ...down },
    { context: "blind", ...back },

    { context: "card_find", action: "confirm", keys: ENTER, name: () => m["keys.find_card"]() },
    { context: "card_find", ...member },
    { context: "card_find", action: "open_card", keys: ["Alt+KeyN"], name: () => m["keys.open_card"]() },
    { context: "card_find", ...up },
    { context: "card_find", ...down },
    { context: "card_find", ...back },

    { context: "card", action: "top_up", keys: ["NumpadAdd", "F9"], name: () => m["keys.top_up"]() },
    { context: "card", action: "lost", keys: ["Alt+KeyL"], name: () => m["keys.lost"]() },
    { context: "card", action: "reactivate", keys: ["Alt+KeyW"], name: () => m["keys.reactivate"]() },
    { context: "card", action: "reissue", keys: ["Alt+KeyI"], name: () => m["keys.reissue"]() },
    { context: "card", action: "transfer", keys: ["Alt+KeyT"], name: () => m["keys.transfer"]() },
    { context: "card", action: "give_back", keys: ["Alt+KeyR"], name: () => m["keys.give_back"]() },
    { context: "card", action: "print", keys: ["Alt+KeyP"], name: () => m["keys.print"]() },
    { context: "card", action: "more", keys: ["PageDown"], name: () => m["keys.more"]() },
    { context: "card", ...back },

    { context: "top_up", action: "confirm", keys: [...ENTER, "NumpadAdd"], name: () => m["keys.onward"]() },
    { context: "top_up", action: "offer", ...DIGITS, name: () => m["keys.tender"]() },
    { context: "top_up", action: "buyer", keys: ["Alt+KeyB"], name: () => m["keys.buyer"]() },
    { context: "top_up", ...erase },
    { context: "top_up", ...up },
    { context: "top_up", ...down },
    { context: "top_up", ...back },

    { context: "buyer", action: "confirm", keys: ENTER, name: () => m["keys.buyer_record"]() },
    { context: "buyer", action: "offer", ...DIGITS, name: () => m["keys.buyer_who"]() },
    { context: "buyer", ...back },

    { context: "give_back", action: "confirm", keys: ENTER, name: () => m["keys.give_refund"]() },
    { context: "give_back", ...up },
    { context: "give_back", ...down },
    { context: "give_back", action: "pay_out_by", keys: ["Alt+KeyT"], name: () => m["keys.pay_out_by"]() },
    { context: "give_back", ...reasons },
    { context: "give_back", ...back },

    { context: "card_act", action: "confirm", keys: ENTER, name: () => m["keys.confirm"]() },
    { context: "card_act", ...reasons },
    { context: "card_act", ...back },

    { context: "open_card", action: "confirm", keys: ENTER, name: () => m["keys.open_card"]() },
    { context: "open_card", ...member },
    { context: "open_card", ...up },
    { context: "open_card", ...down },
    { context: "open_card", ...back },

    { context: "paper", action: "print", keys: [...ENTER, "Alt+KeyP"], name: () => m["keys.print_now"]() },
    { context: "paper", ...back },

    { context: "done", action: "next", keys: ENTER, name: () => m["keys.next"]() },

    { context: "ask", action: "confirm", keys: ENTER, name: () => m["keys.confirm"]() },
    { context: "ask", ...back },

    { context: "members", action: "confirm", keys: ENTER, name: () => m["keys.choose_member"]() },
    { context: "members", action: "take_off", keys: ["Ctrl+Delete"], name: () => m["keys.take_off"]() },
    { context: "members", ...up },
    { context: "members", ...down },
    { context: "members", ...back },

    { context: "member", action: "change", keys: ["Alt+KeyE"], name: () => m["keys.change"]() },
    { context: "member", action: "left", keys: ["ArrowLeft"], name: () => m["keys.part_left"]() },
    { context: "member", action: "right", keys: ["ArrowRight"], name: () => m["keys.part_right"]() },
    { context: "member", action: "refund", keys: ["F7"], name: () => m["keys.refund"]() },
    { context: "member", action: "cards", keys: ["F9"], name: () => m["keys.cards"]() },
    { context: "member", action: "issue", keys: ["Alt+KeyN"], name: () => m["keys.issue"]() },
    { context: "member", action: "adjust", keys: ["Alt+KeyJ"], name: () => m["keys.adjust"]() },
    { context: "member", action: "more", keys: ["PageDown"], name: () => m["keys.more"]() },
    { context: "member", ...up },
    { context: "member", ...down },
    { context: "member", ...back },

    { context: "today", action: "drawer", keys: ["F11"], name: () => m["keys.drawer"]() },
    { context: "today", action: "refund", keys: ["F7"], name: () => m["keys.refund"]() },
    { context: "today", action: "more", keys: ["PageDown"], name: () => m["keys.more"]() },
    { context: "today", ...up },
    { context: "today", ...down },
    { context: "today", ...back },

    { context: "drawer", action: "today", keys: ["F11"], name: () => m["keys.today"]() },
    { context: "drawer", action: "left", keys: ["ArrowLeft"], name: () => m["keys.day_before"]() },
    { context: "drawer", action: "right", keys: ["ArrowRight"], name: () => m["keys.day_after"]() },
    { context: "drawer", action: "print", keys: ["Alt+KeyP"], name: () => m["keys.print"]() },
    { context: "drawer", action: "more", keys: ["PageDown"], name: () => m["keys.more"]() },
    { context: "drawer", ...back },

    { context: "sync", action: "confirm", keys: ENTER, name: () => m["keys.retry"]() },
    { context: "sync", action: "rejoin", keys: ["Alt+KeyJ"], name: () => m["keys.rejoin"]() },
    { context: "sync", action: "verify", keys: ["Alt+KeyV"], name: () => m["keys.verify"]() },
    { context: "sync", ...back },

    { context: "staff", ...back },

    { context: "own_pin", action: "confirm", keys: ENTER, name: () => m["keys.onward"]() },
    { context: "own_pin", ...back },

    { context: "pin", action: "confirm", keys: ENTER, name: () => m["keys.sign_in"]() },
    { context: "pin", action: "erase", keys: ["Backspace"], name: () => m["keys.erase"]() },
    { context: "pin", action: "left", keys: ["ArrowLeft", "ArrowUp"], name: () => m["keys.staff_left"]() },
    { context: "pin", action: "right", keys: ["ArrowRight", "ArrowDown"], name: () => m["keys.staff_right"]() },
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
    staff: () => m["keys.staff"](),
    own_pin: () => m["keys.in.own_pin"](),
    pin: () => m["keys.in.pin"](),
    approve: () => m["keys.in.approve"](),
    reference: () => m["keys.in.reference"](),
    price: () => m["keys.in.price"](),
    coupons: () => m["keys.in.coupons"](),
    refund_find: () => m["keys.in.refund_find"](),
    refund: () => m["keys.in.refund"](),
    blind: () => m["keys.in.blind"](),
    card_find: () => m["keys.in.card_find"](),
    card: () => m["keys.in.card"](),
    top_up: () => m["keys.in.top_up"](),
    buyer: () => m["keys.in.buyer"](),
    give_back: () => m["keys.in.give_back"](),
    card_act: () => m["keys.in.card_act"](),
    open_card: () => m["keys.in.open_card"](),
    paper: () => m["keys.in.paper"](),
    drawer: () => m["keys.in.drawer"](),
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
    return binding?.caps?.[0] ?? (binding?.keys[0] === undefined ? "" : capOf(binding.keys[0]));
}

export function nameFor(context: Context, action: Action): string {
    return KEYMAP.find((each) => each.context === context && each.action === action)?.name() ?? "";
}
