export type NodeState = "unset" | "till" | "revoked" | "hq_unset" | "hq";
