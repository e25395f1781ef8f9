/// The message of every error code. The type makes a code without one fail the check; nobody parses a text.

import { m } from "$lib/paraglide/messages";
import type { Code } from "$wire/Code";
import type { Refusal } from "$lib/host";

type Args = Record<string, string | number>;

const MESSAGES: Record<Code, (args: Args) => string> = {
    "request.invalid": () => m["error.request.invalid"](),
    "command.unknown": () => m["error.command.unknown"](),
    "text.too_long": () => m["error.text.too_long"](),
    "amount.invalid": () => m["error.amount.invalid"](),
    "amount.too_large": () => m["error.amount.too_large"](),
    "quantity.invalid": () => m["error.quantity.invalid"](),
    "phone.invalid": () => m["error.phone.invalid"](),
    "birthday.invalid": () => m["error.birthday.invalid"](),
    "name.invalid": () => m["error.name.invalid"](),
    "card_no.invalid": () => m["error.card_no.invalid"](),
    "card_no.taken": () => m["error.card_no.taken"](),
    "store_code.invalid": () => m["error.store_code.invalid"](),
    "store_code.taken": () => m["error.store_code.taken"](),
    "page.unknown": () => m["error.page.unknown"](),
    "barcode.unknown": () => m["error.barcode.unknown"](),
    "barcode.damaged": () => m["error.barcode.damaged"](),
    "barcode.taken": () => m["error.barcode.taken"](),
    "product.unknown": () => m["error.product.unknown"](),
    "product.nothing_found": () => m["error.product.nothing_found"](),
    "line.unknown": () => m["error.line.unknown"](),
    "cart.full": () => m["error.cart.full"](),
    "cart.empty": () => m["error.cart.empty"](),
    "cart.changed": () => m["error.cart.changed"](),
    "tender.short": () => m["error.tender.short"](),
    "tender.none": () => m["error.tender.none"](),
    "sale.unknown": () => m["error.sale.unknown"](),
    "member.unknown": () => m["error.member.unknown"](),
    "member.frozen": () => m["error.member.frozen"](),
    "pin.wrong": () => m["error.pin.wrong"](),
    "pin.invalid": () => m["error.pin.invalid"](),
    "password.wrong": () => m["error.password.wrong"](),
    "password.weak": () => m["error.password.weak"](),
    "login.invalid": () => m["error.login.invalid"](),
    "login.taken": () => m["error.login.taken"](),
    "sign_in.locked": (args) => m["error.sign_in.locked"]({ seconds: String(args["seconds"] ?? 30) }),
    "sign_in.needed": () => m["error.sign_in.needed"](),
    "permission.denied": () => m["error.permission.denied"](),
    "command.not_here": () => m["error.command.not_here"](),
    "staff.unknown": () => m["error.staff.unknown"](),
    "store.unknown": () => m["error.store.unknown"](),
    "device.unknown": () => m["error.device.unknown"](),
    "device.revoked": () => m["error.device.revoked"](),
    "role.invalid": () => m["error.role.invalid"](),
    "first_admin.code_wrong": () => m["error.first_admin.code_wrong"](),
    "enrol.malformed": () => m["error.enrol.malformed"](),
    "enrol.wrong": () => m["error.enrol.wrong"](),
    "enrol.used": () => m["error.enrol.used"](),
    "enrol.old": () => m["error.enrol.old"](),
    "setup.already": () => m["error.setup.already"](),
    "setup.busy": () => m["error.setup.busy"](),
    "server.unreachable": () => m["error.server.unreachable"](),
    "server.certificate": () => m["error.server.certificate"](),
    "server.rubbish": () => m["error.server.rubbish"](),
    "server.other_chain": () => m["error.server.other_chain"](),
    "server.newer": () => m["error.server.newer"](),
    "server.busy": () => m["error.server.busy"](),
    "sync.gap": () => m["error.sync.gap"](),
    "sync.fork": () => m["error.sync.fork"](),
    "sync.damaged": () => m["error.sync.damaged"](),
    "operation.too_large": () => m["error.operation.too_large"](),
    "disk.full": () => m["error.disk.full"](),
    "folder.read_only": () => m["error.folder.read_only"](),
    "database.newer": () => m["error.database.newer"](),
    "database.in_use": () => m["error.database.in_use"](),
    "database.key_wrong": () => m["error.database.key_wrong"](),
    "database.damaged": () => m["error.database.damaged"](),
    "key_store.failed": () => m["error.key_store.failed"](),
    "internal": () => m["error.internal"](),
};

export function message(code: Code, args: Args = {}): string {
    // A node newer than this bundle may know codes that are not in the table.
    const known: ((args: Args) => string) | undefined = MESSAGES[code];
    return known === undefined ? m["error.internal"]() : known(args);
}

export function refusalMessage(refusal: Refusal): string {
    return message(refusal.code, refusal.args);
}
