export type LogId = string;
