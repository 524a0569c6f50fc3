// Counts the tokens of an answer's thoughts against a budget, and knows the tokens that close one.

export interface ThinkingLimit {
  /** Tokens, ≥ 0 */
  budget: number;
  open: number;
  close: number;
  /** What is written when the budget is used up; begins with `close`. */
  closing: readonly number[];
  /** The prompt ends inside a thought. */
  inside: boolean;
}

export class ThinkingBudget {
  readonly #limit: ThinkingLimit;
  #inside: boolean;
  #used = 0;

  constructor(limit: ThinkingLimit) {
    this.#limit = limit;
    this.#inside = limit.inside;
  }

  get closing(): readonly number[] {
    return this.#limit.closing;
  }

  /** The thought must end here. */
  get isUsedUp(): boolean {
    return this.#inside && this.#used >= this.#limit.budget;
  }

  push(id: number): void {
    if (id === this.#limit.open) this.#inside = true;
    else if (id === this.#limit.close) this.#inside = false;
    else if (this.#inside) this.#used++;
  }
}
