/// The one way out of the screens. Whoever answers — the window's own process or a server over HTTP — answers the same
/// commands with the same replies and the same closed set of error codes, so no screen knows which of the two it has.

import type { Code } from "$wire/Code";
import type { Commands } from "$wire/commands";
import type { ErrorBody } from "$wire/ErrorBody";

export type CommandName = keyof Commands;

export interface Host {
    /** Rejects with a `Refusal`, and with nothing else. */
    rpc<C extends CommandName>(name: C, request: Commands[C]["request"]): Promise<Commands[C]["reply"]>;
}

/** What a command was refused with; a screen shows the message of its code. */
export class Refusal extends Error {
    readonly code: Code;
    readonly args: Record<string, string | number>;

    constructor(code: Code, args: Record<string, string | number> = {}) {
        super(code);
        this.name = "Refusal";
        this.code = code;
        this.args = args;
    }
}

function isErrorBody(value: unknown): value is ErrorBody {
    return typeof value === "object" && value !== null && typeof (value as { code?: unknown }).code === "string";
}

function argsOf(body: ErrorBody): Record<string, string | number> {
    const args: Record<string, string | number> = {};
    for (const [name, value] of Object.entries(body.args ?? {})) {
        args[name] = typeof value === "number" ? value : String(value);
    }
    return args;
}

/** Reads a refusal out of whatever was thrown or answered; what is not one is `internal`. */
export function refusalOf(thrown: unknown): Refusal {
    if (thrown instanceof Refusal) return thrown;
    const body = typeof thrown === "string" ? parsed(thrown) : thrown;
    return isErrorBody(body) ? new Refusal(body.code, argsOf(body)) : new Refusal("internal");
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}
