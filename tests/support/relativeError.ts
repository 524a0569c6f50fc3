// How far computed numbers are from those expected.
/** The largest difference, relative to the largest magnitude of what was expected; Infinity when one is NaN. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = actual.length === expected.length ? 0 : Infinity;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    const here = Math.abs(actual[i] - expected[i]);
    difference = Math.max(difference, Number.isNaN(here) ? Infinity : here);
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  return difference / (magnitude || 1);
}
