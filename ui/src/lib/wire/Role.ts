export type Role = "cashier" | "assistant" | "manager" | "analyst" | "admin";
