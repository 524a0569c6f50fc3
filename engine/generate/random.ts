// The random numbers of the sampler: counter-based, so that a draw depends on (seed, step, token) alone and both back ends
// agree. kernels/shared/sampler/race_random.wgsl is the same text in WGSL; integers match bit for bit.

/** PCG output permutation over a 32-bit counter. */
export function pcgHash(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) | 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737);
  return ((word >>> 22) ^ word) >>> 0;
}

/** Two keys of one step of one answer; together 64 bits, so that steps don't repeat each other. */
export function raceKeys(seed: number, step: number): [number, number] {
  return [pcgHash(pcgHash(seed) + step), pcgHash(pcgHash(step + 0x9e3779b9) ^ seed)];
}

/** 32 random bits for a token in the step that `keys` stand for. */
export function raceBits(token: number, keys: readonly [number, number]): number {
  return pcgHash(pcgHash(token + keys[0]) ^ keys[1]);
}

/**
 * Gumbel noise −ln(−ln u), in [−2.81, 16.64]. u has 23 bits and a half, so that it is never 0 or 1: with 24 bits the top
 * value would round to 1 in f32 and win every race (spec 4.6).
 */
export function gumbelNoise(bits: number): number {
  return -Math.log(-Math.log(((bits >>> 9) + 0.5) * 2 ** -23));
}

/** One number in [0, 1) for a whole step of an answer, independent of its race. */
export function stepChance(seed: number, step: number): number {
  return pcgHash(pcgHash(pcgHash(seed) ^ 0x5bd1e995) + step) * 2 ** -32;
}

/** A seed for an answer whose sampling names none. */
export function drawSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
