// How fast bytes arrive, over the last two seconds.

const windowMs = 2000;

export class RateMeter {
  #samples: { bytes: number; at: number }[] = [];

  /** @param bytes - In all, so far. */
  add(bytes: number, at: number): void {
    this.#samples.push({ bytes, at });
    // One sample from before the window stays, so that slow ones still span it.
    while (this.#samples.length > 2 && at - this.#samples[1].at > windowMs) this.#samples.shift();
  }

  /** null before there are two different moments. */
  get bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < 1) return null;
    return (1000 * (last.bytes - first.bytes)) / (last.at - first.at);
  }
}
