/// Light or dark. Follows the system until somebody chooses; the tokens do the rest through `color-scheme`.

import { keep, kept } from "./kept";

export type Theme = "light" | "dark";

class ThemeChoice {
    chosen = $state<Theme | null>(null);
    #system = $state<Theme>("light");

    get shown(): Theme {
        return this.chosen ?? this.#system;
    }

    start(): void {
        const saved = kept("theme");
        this.chosen = saved === "light" || saved === "dark" ? saved : null;
        const dark = matchMedia("(prefers-color-scheme: dark)");
        this.#system = dark.matches ? "dark" : "light";
        dark.addEventListener("change", (change) => (this.#system = change.matches ? "dark" : "light"));
        this.#mark();
    }

    toggle(): void {
        const other = this.shown === "dark" ? "light" : "dark";
        // Coming back to what the system says is following it again.
        this.chosen = other === this.#system ? null : other;
        keep("theme", this.chosen);
        this.#mark();
    }

    #mark(): void {
        if (this.chosen === null) delete document.documentElement.dataset["theme"];
        else document.documentElement.dataset["theme"] = this.chosen;
    }
}

export const theme = new ThemeChoice();
