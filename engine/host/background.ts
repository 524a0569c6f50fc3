// Work that gives way to requests: one piece at a time, and over before a request begins.
import { EngineError } from '../errors.ts';

/** Ends soon once it is told to. */
export type BackgroundWork<Result> = (signal: AbortSignal) => Promise<Result>;

export class Background {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: { stop: AbortController; ended: Promise<unknown> } | null = null;
  /** Requests that wait for it to end, or go on. */
  #requests = 0;

  /** In the place of what goes on. @throws EngineError `busy` during a request, `aborted`, and what the work throws */
  async start<Result>(work: BackgroundWork<Result>): Promise<Result> {
    // Of two that have waited for the same end, the later one stops the other.
    do await this.#stop();
    while (this.#running);
    return this.#run(work);
  }

  /** After so many milliseconds in which nothing else was begun; nobody waits for what comes of it. */
  startAfter(quietMs: number, work: BackgroundWork<void>): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#running) this.#run(work).catch(() => {});
    }, quietMs);
  }

  /** Stops what goes on; nothing begins until the request has ended. */
  async yieldTo<Result>(request: () => Promise<Result> | Result): Promise<Result> {
    this.#requests++;
    try {
      await this.#stop();
      return await request();
    } finally {
      this.#requests--;
    }
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#running) {
      this.#running.stop.abort();
      await this.#running.ended;
    }
  }

  async #run<Result>(work: BackgroundWork<Result>): Promise<Result> {
    if (this.#requests > 0) throw new EngineError('busy', 'The model is answering.');
    const stop = new AbortController();
    const result = work(stop.signal).finally(() => (this.#running = null));
    this.#running = { stop, ended: result.catch(() => {}) };
    return result;
  }
}
