// What repeated measurements say: the middle, and how far they lie apart.

export interface Spread {
  median: number;
  least: number;
  most: number;
  runs: number;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
  return { median, least: sorted[0], most: sorted[sorted.length - 1], runs: sorted.length };
}
