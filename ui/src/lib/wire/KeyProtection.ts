export type KeyProtection = "system" | "file";
