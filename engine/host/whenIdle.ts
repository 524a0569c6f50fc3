// Work that is done while nothing else is asked for: it starts after some quiet, and has ended before anything else begins.

export class WhenIdle {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  readonly #quietMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: { stop: AbortController; ended: Promise<void> } | null = null;

  /** @param work ends soon once it is told to, for what reason ever: nobody waits for what it finds */
  constructor(work: (signal: AbortSignal) => Promise<void>, quietMs: number) {
    this.#work = work;
    this.#quietMs = quietMs;
  }

  /** Once, unless it is stopped before. */
  schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), this.#quietMs);
  }

  /** Resolves when the work has ended; it does not start again by itself. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#running?.stop.abort();
    await this.#running?.ended;
  }

  #start(): void {
    if (this.#running) return;
    const stop = new AbortController();
    const ended = this.#work(stop.signal).catch(() => {});
    const running = { stop, ended: ended.then(() => void (this.#running = null)) };
    this.#running = running;
  }
}
