// Draws and sums over one row of scores: the exponential race, log-sum-exp, the largest few. Changes nothing.
import { gumbelNoise, raceBits } from '../generate/random.ts';

/** Above every value of gumbelNoise. */
const largestNoise = 16.65;

/** ln Σ exp over the first `count` values; NaN when one of them is NaN or +∞, or none is finite. */
export function logSumExp(values: Float32Array, count: number): number {
  let largest = -Infinity;
  // A sum shows NaN and +∞ whatever their place; a comparison does not.
  let check = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (value > largest) largest = value;
    if (value !== -Infinity) check += value - value;
  }
  if (check !== 0 || largest === -Infinity) return NaN;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(values[i] - largest);
  return largest + Math.log(sum);
}

export function logSumExpOf(values: Float32Array, ids: Uint32Array, largest: number): number {
  let sum = 0;
  for (let i = 0; i < ids.length; i++) sum += Math.exp(values[ids[i]] - largest);
  return largest + Math.log(sum);
}

/** Lower index on ties; −1 when all are −∞. */
export function indexOfLargest(values: Float32Array, count: number): number {
  let best = -1;
  let largest = -Infinity;
  for (let i = 0; i < count; i++) {
    if (values[i] > largest) {
      largest = values[i];
      best = i;
    }
  }
  return best;
}

/** The one of `ids` (ascending, not empty) with the largest value; lower id on ties. */
export function bestOf(values: Float32Array, ids: Uint32Array): number {
  let best = ids[0];
  for (let i = 1; i < ids.length; i++) if (values[ids[i]] > values[best]) best = ids[i];
  return best;
}

/**
 * The exponential race: the token with the largest score + Gumbel noise; lower id on ties. `ids` null means all below
 * `count`. Starts with the likeliest token, so that nearly all others are dismissed without a logarithm.
 */
export function race(
  scores: Float32Array,
  ids: Uint32Array | null,
  count: number,
  likeliest: number,
  keys: readonly [number, number],
): number {
  let winner = likeliest;
  let best = scores[likeliest] + gumbelNoise(raceBits(likeliest, keys));
  for (let i = 0; i < count; i++) {
    const id = ids ? ids[i] : i;
    const lead = scores[id] - best;
    if (lead < -largestNoise) continue;
    const bits = raceBits(id, keys);
    // −ln u ≥ 1 − u ≥ 2^(7 − leading zeros), so the noise is at most (leading zeros − 7)·ln 2.
    if (lead + (Math.clz32(0x800000 - (bits >>> 9)) - 7) * Math.LN2 < 0) continue;
    const score = scores[id] + gumbelNoise(bits);
    if (score > best || (score === best && id < winner)) {
      best = score;
      winner = id;
    }
  }
  return winner;
}

/** Indices of the `wanted` largest of the first `count` values, largest first, lower index on ties. */
export function bestIds(values: Float32Array, count: number, wanted: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < count && wanted > 0; i++) {
    const value = values[i];
    if (value === -Infinity) continue;
    if (found.length === wanted && !(value > values[found[wanted - 1]])) continue;
    if (found.length === wanted) found.pop();
    let at = found.length;
    while (at > 0 && values[found[at - 1]] < value) at--;
    found.splice(at, 0, i);
  }
  return found;
}
