export type Stopped = "fork" | "gap" | "newer" | "revoked" | "certificate" | "other_chain" | "rubbish";
