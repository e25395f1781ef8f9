import type { SearchText } from "./SearchText";

export type MemberSearch = SearchText;
