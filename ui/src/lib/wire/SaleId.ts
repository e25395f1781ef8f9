export type SaleId = string;
