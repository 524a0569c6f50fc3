// Ends an answer before the first stop string in its text, wherever the borders of its tokens are: what may still become one
// is held back. Knows texts and what comes with them, not tokens.

interface Held<With> {
  text: string;
  with: With;
}

export class StopStrings<With> {
  readonly #stops: readonly string[];
  readonly #held: Held<With>[] = [];
  #matched: string | null = null;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** The stop string that has ended the text. */
  get matched(): string | null {
    return this.#matched;
  }

  /**
   * The pieces that are certain now, in order. A piece of which only the start lies before a stop string comes cut; those
   * after it never come.
   */
  push(text: string, more: With): Held<With>[] {
    this.#held.push({ text, with: more });
    const pending = this.#held.map((piece) => piece.text).join('');
    const match = firstMatch(pending, this.#stops);
    if (!match) return this.#release(pending.length - this.#undecided(pending));
    this.#matched = match.stop;
    const certain = this.#release(match.at);
    const cut = this.#held[0];
    const left = match.at - certain.reduce((length, piece) => length + piece.text.length, 0);
    if (cut && left > 0) certain.push({ ...cut, text: cut.text.slice(0, left) });
    this.#held.length = 0;
    return certain;
  }

  /** The text has ended: what was held back was none. */
  flush(): Held<With>[] {
    return this.#held.splice(0);
  }

  /** Pieces that end within the first `length` characters. */
  #release(length: number): Held<With>[] {
    let [count, end] = [0, 0];
    while (count < this.#held.length && end + this.#held[count].text.length <= length)
      end += this.#held[count++].text.length;
    return this.#held.splice(0, count);
  }

  /** Length of the longest end of the text that a stop string starts with. */
  #undecided(text: string): number {
    let most = 0;
    for (const stop of this.#stops)
      for (let length = Math.min(stop.length - 1, text.length); length > most; length--)
        if (text.endsWith(stop.slice(0, length))) most = length;
    return most;
  }
}

/** The match that begins first; of those that begin together the shortest, which was complete first. */
function firstMatch(text: string, stops: readonly string[]): { at: number; stop: string } | null {
  let first: { at: number; stop: string } | null = null;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    if (at < 0) continue;
    if (!first || at < first.at || (at === first.at && stop.length < first.stop.length)) first = { at, stop };
  }
  return first;
}
