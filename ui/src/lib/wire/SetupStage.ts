export type SetupStage = { "stage": "fresh", } | { "stage": "enrolling", } | { "stage": "fetching", done: number, total: number, } | { "stage": "ready", };
