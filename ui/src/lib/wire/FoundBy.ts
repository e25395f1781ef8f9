export type FoundBy = "phone" | "card" | "last_four" | "phone_prefix" | "card_prefix" | "name" | "given_name" | "pinyin" | "initials";
