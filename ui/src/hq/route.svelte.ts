/// Where in the console one is, kept in the address after `#`, so that Back works and a page can be kept as a bookmark.

export const PAGES = ["today", "members", "stores", "staff", "devices"] as const;
export type Page = (typeof PAGES)[number];

export class Route {
    page = $state<Page>("today");
    /** What is looked at within the page: a member's id, a store's code. */
    detail = $state<string | null>(null);

    follow(): () => void {
        const read = () => this.#read();
        read();
        window.addEventListener("hashchange", read);
        return () => window.removeEventListener("hashchange", read);
    }

    go(page: Page, detail: string | null = null): void {
        location.hash = href(page, detail).slice(1);
    }

    #read(): void {
        const [, page, detail] = location.hash.slice(1).split("/");
        this.page = PAGES.find((each) => each === page) ?? "today";
        this.detail = detail === undefined || detail === "" ? null : decodeURIComponent(detail);
    }
}

export function href(page: Page, detail: string | null = null): string {
    return detail === null ? `#/${page}` : `#/${page}/${encodeURIComponent(detail)}`;
}
