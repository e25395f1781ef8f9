/// Where in the console one is, kept in the address after `#`, so that Back works and a page can be kept as a bookmark.

export const PAGES = ["today", "members", "rules", "rewards", "goods", "stores", "staff", "devices"] as const;
export type Page = (typeof PAGES)[number];

export class Route {
    page = $state<Page>("today");
    /** What is looked at within the page, outermost first: a member's id, a store's code, a kind of rule and a rule of it. */
    path = $state.raw<readonly string[]>([]);

    get detail(): string | null {
        return this.path[0] ?? null;
    }

    follow(): () => void {
        const read = () => this.#read();
        read();
        window.addEventListener("hashchange", read);
        return () => window.removeEventListener("hashchange", read);
    }

    go(page: Page, ...path: (string | null)[]): void {
        location.hash = href(page, ...path).slice(1);
    }

    #read(): void {
        const [, page, ...path] = location.hash.slice(1).split("/");
        this.page = PAGES.find((each) => each === page) ?? "today";
        this.path = path.filter((part) => part !== "").map(decoded);
    }
}

export function href(page: Page, ...path: (string | null)[]): string {
    return ["#", page, ...path.filter((part) => part !== null).map(encodeURIComponent)].join("/");
}

/** An address that somebody cut short by hand is still an address. */
function decoded(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}
