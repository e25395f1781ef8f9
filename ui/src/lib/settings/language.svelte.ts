/// The language of every message. Paraglide asks `current` each time a message is read, and `current` is reactive, so a
/// change redraws the words and nothing else: the cart, the focus and what was typed stay.

import { baseLocale, isLocale, locales, overwriteGetLocale, type Locale } from "$lib/paraglide/runtime";
import { keep, kept } from "./kept";

export type { Locale };

class Language {
    current = $state<Locale>(baseLocale);

    start(): void {
        const chosen = kept("language");
        if (isLocale(chosen)) this.current = chosen;
        overwriteGetLocale(() => this.current);
        this.#mark();
    }

    choose(locale: Locale): void {
        this.current = locale;
        keep("language", locale);
        this.#mark();
    }

    next(): void {
        const at = locales.indexOf(this.current);
        this.choose(locales[(at + 1) % locales.length] ?? baseLocale);
    }

    #mark(): void {
        document.documentElement.lang = this.current;
    }
}

export const language = new Language();
