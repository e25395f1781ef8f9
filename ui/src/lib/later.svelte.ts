/// A part of the screens that is brought when it is first needed, or a moment before.

export class Later<Part> {
    /** `null` until it has come. */
    it = $state.raw<Part | null>(null);
    /** It could not be brought: whoever gives out the screens does not answer. */
    failed = $state(false);
    #coming: Promise<void> | null = null;

    constructor(private readonly bring: () => Promise<Part>) {}

    /** Brings it once, however often it is asked for. */
    load(): Promise<void> {
        this.#coming ??= this.bring().then(
            (part) => {
                this.it = part;
            },
            () => {
                this.failed = true;
            },
        );
        return this.#coming;
    }
}
