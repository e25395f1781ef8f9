/// Small choices of this screen's user, kept in the browser. A browser that keeps nothing is no reason to fail.

export function kept(name: string): string | null {
    try {
        return localStorage.getItem(`hefu.${name}`);
    } catch {
        return null;
    }
}

export function keep(name: string, value: string | null): void {
    try {
        if (value === null) localStorage.removeItem(`hefu.${name}`);
        else localStorage.setItem(`hefu.${name}`, value);
    } catch {
        // Private browsing, or storage is full: the choice lasts until the window closes.
    }
}
