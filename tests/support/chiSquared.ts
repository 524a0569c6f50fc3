// Pearson's test for samplers: how far counts are from probabilities, and the limit at a significance of 1e-4.

/** Infinity when something impossible was drawn. */
export function chiSquared(counts: readonly number[], probabilities: readonly number[]): number {
  const draws = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const [i, count] of counts.entries()) {
    const expected = (probabilities[i] ?? 0) * draws;
    if (expected > 0) sum += (count - expected) ** 2 / expected;
    else if (count > 0) return Infinity;
  }
  return sum;
}

/** The value that χ² exceeds with probability 1e-4 (Wilson and Hilferty's approximation). */
export function chiSquaredLimit(degreesOfFreedom: number): number {
  const share = 2 / (9 * degreesOfFreedom);
  return degreesOfFreedom * (1 - share + 3.719 * Math.sqrt(share)) ** 3;
}
