export type Points = number;
