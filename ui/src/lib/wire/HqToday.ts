import type { StoreFigures } from "./StoreFigures";
import type { StoreToday } from "./StoreToday";

export type HqToday = { day: string, total: StoreFigures, stores: Array<StoreToday>, member_count: number, members_joined_today: number, };
