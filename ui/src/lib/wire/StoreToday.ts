import type { StoreFigures } from "./StoreFigures";
import type { StoreView } from "./StoreView";

export type StoreToday = { store: StoreView, today: StoreFigures, day_before: StoreFigures, };
