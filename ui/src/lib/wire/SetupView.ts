import type { ErrorBody } from "./ErrorBody";
import type { KeyProtection } from "./KeyProtection";
import type { SetupStage } from "./SetupStage";

export type SetupView = { stage: SetupStage, keys: KeyProtection, error: ErrorBody | null, };
