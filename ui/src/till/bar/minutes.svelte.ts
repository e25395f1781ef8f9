/// The clock on the wall: the node's time, looked at when a minute turns.

const MINUTE_MS = 60_000;

export class Minutes {
    now = $state(0);
    #timer: ReturnType<typeof setTimeout> | undefined;

    constructor(private readonly time: () => number) {
        this.now = time();
    }

    /** Runs until the returned function is called. */
    run(): () => void {
        const turn = () => {
            this.now = this.time();
            this.#timer = setTimeout(turn, MINUTE_MS - (this.now % MINUTE_MS) + 20);
        };
        turn();
        return () => clearTimeout(this.#timer);
    }
}
