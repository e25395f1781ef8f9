/// Refusals that the person who is to allow something can answer: the question for their PIN stays.

import type { Code } from "$wire/Code";

const ANSWERABLE: readonly Code[] = ["approval.needed", "approval.refused", "pin.wrong", "pin.invalid", "sign_in.locked", "staff.unknown"];

export function asksOn(code: Code | undefined): boolean {
    return code !== undefined && ANSWERABLE.includes(code);
}
