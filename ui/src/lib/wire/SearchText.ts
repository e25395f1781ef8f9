export type SearchText = { text: string, };
