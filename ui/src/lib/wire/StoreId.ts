export type StoreId = string;
