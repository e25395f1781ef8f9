export type ChainId = string;
