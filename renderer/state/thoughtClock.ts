// How long a model has been thinking, seen from what has arrived of its answer. Pure but for the clock.
import { splitThinking } from '../chat/thinking.ts';

export class ThoughtClock {
  /** Whole milliseconds; null where there is no thought, or one that ended before the clock began. */
  milliseconds: number | null;
  readonly #before: number | null;
  #open: boolean;
  #startedAt = 0;

  /** For an answer that is continued: the text so far, and the time that was measured then. */
  constructor(said = '', milliseconds: number | null = null) {
    const { thinking, thinkingOpen } = splitThinking(said);
    this.milliseconds = milliseconds;
    this.#before = milliseconds;
    this.#open = thinking === null || thinkingOpen;
  }

  start(): void {
    this.#startedAt = performance.now();
  }

  see(said: string): void {
    if (!this.#open) return;
    const { thinking, thinkingOpen } = splitThinking(said);
    if (thinking === null) {
      this.milliseconds = this.#before;
      return;
    }
    this.#open = thinkingOpen;
    this.milliseconds = Math.round((this.#before ?? 0) + performance.now() - this.#startedAt);
  }
}
