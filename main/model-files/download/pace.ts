// How fast a download goes: its speed and the time it has left, the limit that the user has set, how many connections help,
// and how long to wait after a failure.

/** Bytes a second over the last few seconds. */
export class Speedometer {
  readonly #windowMs: number;
  readonly #now: () => number;
  /** [time, bytes], oldest first. */
  #samples: [number, number][] = [];

  constructor(windowMs = 5000, now: () => number = () => performance.now()) {
    this.#windowMs = windowMs;
    this.#now = now;
  }

  add(bytes: number): void {
    const time = this.#now();
    const last = this.#samples.at(-1);
    if (last !== undefined && time - last[0] < 100) last[1] += bytes;
    else this.#samples.push([time, bytes]);
  }

  get bytesPerSecond(): number {
    const now = this.#now();
    this.#samples = this.#samples.filter(([time]) => now - time < this.#windowMs);
    const first = this.#samples[0];
    if (first === undefined) return 0;
    const bytes = this.#samples.reduce((sum, [, count]) => sum + count, 0);
    return (bytes * 1000) / Math.max(500, now - first[0]);
  }
}

/** A limit that all connections share. */
export class BandwidthLimit {
  /** null: none. */
  bytesPerSecond: number | null = null;
  /** When the bytes granted so far will have been sent. */
  #paidUntil = 0;

  /** Resolves when `bytes` more may have been read. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.bytesPerSecond === null) return;
    const now = performance.now();
    this.#paidUntil = Math.max(now, this.#paidUntil) + (bytes * 1000) / this.bytesPerSecond;
    await pause(this.#paidUntil - now, signal);
  }
}

/** How many connections are worth having: one more while each makes it faster, half after a refusal. */
export class Connections {
  readonly most: number;
  limit: number;
  #best = 0;

  constructor(most: number) {
    this.most = most;
    this.limit = Math.min(2, most);
  }

  /** After some seconds at the present number, with the speed reached. */
  measured(bytesPerSecond: number): void {
    if (bytesPerSecond > 1.1 * this.#best) {
      this.#best = bytesPerSecond;
      this.limit = Math.min(this.most, this.limit + 1);
    }
  }

  refused(): void {
    this.limit = Math.max(1, Math.floor(this.limit / 2));
    this.#best = 0;
  }
}

export interface RetryRules {
  /** Failures in a row, with no progress between, after which a download gives up. */
  attempts: number;
  firstMs: number;
  longestMs: number;
}

/** For a person who waits: some six minutes. */
export const defaultRetry: RetryRules = { attempts: 12, firstMs: 500, longestMs: 60_000 };
/** For an app that is left running: nights without a network. */
export const patientRetry: RetryRules = { ...defaultRetry, attempts: 2000 };

/** Doubles from the first wait to the longest, a quarter of it by chance, so that many clients do not come back at once. */
export function backOffMs(failures: number, { firstMs, longestMs }: RetryRules, random = Math.random()): number {
  const wait = Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1));
  return wait * (0.75 + 0.25 * random);
}

/** Rejects with the signal's reason once it is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) return reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
