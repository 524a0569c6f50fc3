// How fast tokens arrive, over the latest of them. Pure but for the clock.

const latest = 24;

export class TokenSpeed {
  count = 0;
  #arrivals: number[] = [];

  add(): void {
    this.count++;
    this.#arrivals.push(performance.now());
    if (this.#arrivals.length > latest) this.#arrivals.shift();
  }

  /** null before there are two different moments. */
  get perSecond(): number | null {
    const [first = 0] = this.#arrivals;
    const seconds = ((this.#arrivals.at(-1) ?? 0) - first) / 1000;
    return seconds > 0 ? (this.#arrivals.length - 1) / seconds : null;
  }
}
