export type ProductId = string;
