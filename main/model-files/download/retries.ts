// When to try again and when to give up, for all connections of a download together: one outage counts once, however many
// connections it cuts.
import type { AppError } from '../../ipc/errors.ts';
import { backOffMs, pause, type RetryRules } from './pace.ts';
import type { TransferProblem } from './problems.ts';

/** A server that says no this often in a row means it. */
const mostRefusals = 3;

export class Retries {
  readonly #rules: RetryRules;
  readonly #onWait: (until: number | null, error: AppError | null) => void;
  #failures = 0;
  #refusals = 0;
  #round = 0;
  #gate: Promise<void> | null = null;

  /** `onWait` is told until when nothing is tried, and null when that is over. */
  constructor(rules: RetryRules, onWait: (until: number | null, error: AppError | null) => void) {
    this.#rules = rules;
    this.#onWait = onWait;
  }

  /** Waits out a pause that is on; returns the round to hand to `failed`. */
  async ready(): Promise<number> {
    await this.#gate;
    return this.#round;
  }

  progressed(): void {
    this.#failures = 0;
    this.#refusals = 0;
  }

  /** Resolves when it is time to try again. @throws AppError when it is not worth it; the signal's reason */
  async failed(problem: TransferProblem, round: number, signal: AbortSignal): Promise<void> {
    if (problem.kind === 'permanent') throw problem.error;
    if (round === this.#round && this.#gate === null) {
      this.#failures++;
      if (problem.kind === 'expired') this.#refusals++;
      if (this.#failures >= this.#rules.attempts || this.#refusals >= mostRefusals) throw problem.error;
      this.#round++;
      const wait = problem.retryAfterMs ?? backOffMs(this.#failures, this.#rules);
      this.#onWait(Math.round(Date.now() + wait), problem.error);
      this.#gate = pause(wait, signal).finally(() => {
        this.#gate = null;
        this.#onWait(null, null);
      });
      this.#gate.catch(() => undefined);
    }
    await this.#gate;
  }
}
