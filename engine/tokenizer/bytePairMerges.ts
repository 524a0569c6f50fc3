// Byte-pair merging: the pair with the lowest rank first, the leftmost on ties, until none applies. Linear times a logarithm,
// so that a long piece (a page of Chinese is one) costs no more per character than a word.
import { MinHeap } from './minHeap.ts';

/** Ranks stay below 2²⁶ and positions below 2²⁷, so that one double orders both. */
const positions = 2 ** 27;

export class BytePairMerges {
  readonly #vocabularySize: number;
  readonly #rankOfPair = new Map<number, number>();
  readonly #mergedOfRank: Int32Array;
  readonly #candidates = new MinHeap();

  /** Merges of token ids, best first: left and right become merged. */
  constructor(vocabularySize: number, merges: { left: number; right: number; merged: number }[]) {
    this.#vocabularySize = vocabularySize;
    this.#mergedOfRank = new Int32Array(merges.length);
    merges.forEach(({ left, right, merged }, rank) => {
      const pair = left * vocabularySize + right;
      if (!this.#rankOfPair.has(pair)) this.#rankOfPair.set(pair, rank);
      this.#mergedOfRank[rank] = merged;
    });
  }

  /** Token ids of single bytes to those of the merged piece. Works in place on `symbols`, a list that loses members. */
  merge(symbols: Int32Array): Int32Array {
    const length = symbols.length;
    const next = Int32Array.from(symbols, (_, index) => index + 1);
    const previous = Int32Array.from(symbols, (_, index) => index - 1);
    for (let index = 0; index + 1 < length; index++) this.#consider(symbols, index, index + 1);

    while (this.#candidates.size > 0) {
      const candidate = this.#candidates.pop();
      const left = candidate % positions;
      const rank = (candidate - left) / positions;
      const right = next[left];
      if (symbols[left] === gone || right >= length) continue;
      if (this.#rankOfPair.get(symbols[left] * this.#vocabularySize + symbols[right]) !== rank) continue;
      symbols[left] = this.#mergedOfRank[rank]!;
      symbols[right] = gone;
      const after = next[right];
      next[left] = after;
      if (after < length) {
        previous[after] = left;
        this.#consider(symbols, left, after);
      }
      const before = previous[left];
      if (before >= 0) this.#consider(symbols, before, left);
    }
    return symbols.filter((symbol) => symbol !== gone);
  }

  #consider(symbols: Int32Array, left: number, right: number): void {
    const rank = this.#rankOfPair.get(symbols[left] * this.#vocabularySize + symbols[right]);
    if (rank !== undefined) this.#candidates.push(rank * positions + left);
  }
}

const gone = -1;
