import type { Code } from "./Code";

export type ErrorBody = { code: Code, args: { [key in string]: string | number } };
