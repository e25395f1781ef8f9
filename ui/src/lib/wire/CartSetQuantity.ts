export type CartSetQuantity = { line_no: number, quantity_milli: number, };
