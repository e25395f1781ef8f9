export type CartRemove = { line_no: number, };
