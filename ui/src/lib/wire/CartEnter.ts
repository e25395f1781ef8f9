export type CartEnter = { text: string, };
