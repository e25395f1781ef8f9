import type { CartLine } from "./CartLine";
import type { MemberCard } from "./MemberCard";
import type { SaleId } from "./SaleId";
import type { Totals } from "./Totals";

export type CartView = { id: SaleId, revision: number, lines: Array<CartLine>, member: MemberCard | null, totals: Totals, };
