// How many steps of an answer are under way while the tokens of the first of them are still on their way back. Two keep a device
// busy whose results come at once. Where they come late (a window that is drawing frames hands them over once a frame), it takes as many
// as a result is late; how late that is cannot be told from how long a step takes, so the steps under way are those of a fixed time
// at the present speed: more of them where more make it faster, two where a step takes long, and never much to throw away.
import type { AheadLimits } from '../backend/backend.ts';

/** Milliseconds of work under way: some frames. What an answer that ends throws away is no more than this. */
const horizon = 60;
const usual = 2;
/** Tokens over which the speed is averaged: those of some frames. */
const averaged = 16;

export class StepsAhead {
  readonly #limits: AheadLimits;
  #count: number;
  #intervals = 0;
  #msPerToken = 0;
  #last: number | null = null;

  constructor(limits: AheadLimits) {
    this.#limits = limits;
    this.#count = Math.min(usual, limits.steps);
  }

  /** Steps that may be under way now. */
  get count(): number {
    return this.#count;
  }

  /** A token has come at `now` (milliseconds). The count moves by one a token, so that no token waits for a heap of steps. */
  took(now: number): void {
    const before = this.#last;
    this.#last = now;
    if (before === null) return;
    this.#intervals = Math.min(this.#intervals + 1, averaged);
    this.#msPerToken += (now - before - this.#msPerToken) / this.#intervals;
    const wanted = Math.min(this.#limits.steps, Math.max(usual, Math.ceil(horizon / this.#msPerToken)));
    this.#count += Math.sign(wanted - this.#count);
  }

  /** How many to submit now, where `underWay` are and the answer has room for `left` more. */
  next(underWay: number, left: number): number {
    const free = Math.max(0, Math.min(this.#count - underWay, left));
    // Half of them go together at most, so that the other half runs meanwhile.
    const together = Math.min(this.#limits.together, left, Math.max(1, this.#count >> 1));
    return free >= together || underWay === 0 ? free : 0;
  }
}
