// CPU twin of kernels/sample_*.wgsl: the chain of generate/sampling.ts over one row of logits, which it never changes. Same
// random numbers and same order of ties as on the GPU (spec 4.6).
import type { Sampler, SamplerSettings } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import { gumbelNoise, raceBits, raceKeys } from '../generate/random.ts';
import { neutralSampling, truncates } from '../generate/sampling.ts';
import type { TokenInfo } from '../protocol.ts';
import { keepBest, nucleusTarget } from './truncate.ts';

/** Above every value of gumbelNoise. */
const largestNoise = 16.65;

export class CpuSampler implements Sampler {
  readonly vocabularySize: number;
  #settings: SamplerSettings;
  #step = 0;
  #drawn: TokenInfo | EngineError | null = null;
  /** Times that the answer holds a token. */
  readonly #counts: Uint32Array;
  readonly #inPrompt: Uint8Array;
  /** Logits after penalties and temperature. */
  readonly #scores: Float32Array;
  readonly #scoreBits: Uint32Array;
  /** Tokens that are still in the draw, ascending. */
  readonly #kept: Uint32Array;
  readonly #masses: Uint32Array;

  constructor(vocabularySize: number) {
    this.vocabularySize = vocabularySize;
    this.#counts = new Uint32Array(vocabularySize);
    this.#inPrompt = new Uint8Array(vocabularySize);
    this.#scores = new Float32Array(vocabularySize);
    this.#scoreBits = new Uint32Array(this.#scores.buffer);
    this.#kept = new Uint32Array(vocabularySize);
    this.#masses = new Uint32Array(vocabularySize);
    const sampleableTokens = vocabularySize;
    this.#settings = { sampling: neutralSampling, seed: 0, sampleableTokens, prompt: [], alternatives: 0 };
  }

  /** Starts an answer: step 0, no token counted yet. */
  configure(settings: SamplerSettings): void {
    this.#settings = settings;
    this.#step = 0;
    this.#drawn = null;
    this.#counts.fill(0);
    this.#inPrompt.fill(0);
    for (let i = 0; i < settings.prompt.length; i++) this.#inPrompt[settings.prompt[i]] = 1;
  }

  /** What the last draw gave; EngineError `bad-weights` when its logits held NaN. */
  take(): TokenInfo | EngineError {
    return this.#drawn ?? new EngineError('internal', 'No token has been drawn yet.');
  }

  /**
   * Draws the next token and counts it.
   * @param logits [vocabularySize]
   * @returns its id; 0 when the logits are unusable, which `take` then reports
   */
  draw(logits: Float32Array): number {
    const { sampling, seed, alternatives } = this.#settings;
    const count = Math.min(this.#settings.sampleableTokens, this.vocabularySize);
    const raw = logSumExp(logits, this.vocabularySize);
    const scores = Number.isNaN(raw) ? null : this.#score(logits, count);
    const likeliest = scores ? indexOfLargest(scores, count) : -1;
    if (!scores || likeliest < 0) {
      const place = `at token ${this.#step} of the answer`;
      this.#drawn = new EngineError('bad-weights', 'The model computed numbers that are not usable.', place);
      return 0;
    }
    let id = likeliest;
    let sampledLogprob = 0;
    if (sampling.mode === 'random') {
      const kept = truncates(sampling) ? this.#truncate(scores, count, scores[likeliest]) : null;
      id = race(scores, kept, kept?.length ?? count, likeliest, raceKeys(seed, this.#step));
      const same = scores === logits && !kept && count === this.vocabularySize;
      const sum = same ? raw : kept ? logSumExpOf(scores, kept, scores[likeliest]) : logSumExp(scores, count);
      sampledLogprob = Math.min(0, scores[id] - sum);
    }
    this.#drawn = {
      id,
      logprob: Math.min(0, logits[id] - raw),
      sampledLogprob,
      alternatives: largest(logits, count, alternatives).map((other) => ({
        id: other,
        logprob: Math.min(0, logits[other] - raw),
      })),
    };
    this.#counts[id]++;
    this.#step++;
    return id;
  }

  /** Logits after penalties and temperature, in f32 as on the GPU; the logits themselves when nothing changes them. */
  #score(logits: Float32Array, count: number): Float32Array {
    const { mode, temperature, repetitionPenalty, presencePenalty, frequencyPenalty } = this.#settings.sampling;
    const penalized = repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
    const inverseTemperature = mode === 'greedy' ? 1 : Math.fround(1 / temperature);
    if (!penalized && inverseTemperature === 1) {
      if (truncates(this.#settings.sampling)) this.#scores.set(logits);
      return logits;
    }
    const scores = this.#scores;
    if (!penalized) {
      for (let id = 0; id < count; id++) scores[id] = logits[id] * inverseTemperature;
      return scores;
    }
    const repetition = Math.fround(repetitionPenalty);
    const inverseRepetition = Math.fround(1 / repetitionPenalty);
    for (let id = 0; id < count; id++) {
      let score = logits[id];
      const times = this.#counts[id];
      if (times > 0 || this.#inPrompt[id]) score *= score > 0 ? inverseRepetition : repetition;
      if (times > 0) score = Math.fround(score) - Math.fround(times * frequencyPenalty + presencePenalty);
      scores[id] = Math.fround(score) * inverseTemperature;
    }
    return scores;
  }

  /** The tokens that top-k, top-p and min-p leave, ascending. */
  #truncate(scores: Float32Array, count: number, largest: number): Uint32Array {
    const { topK, topP, minP } = this.#settings.sampling;
    const ids = this.#kept;
    for (let id = 0; id < count; id++) ids[id] = id;
    let kept = count;
    if (topK > 0) kept = keepBest(ids, kept, this.#scoreBits, null, () => topK);
    if (topP < 1) {
      // Masses as fixed-point numbers, so that their sum does not depend on the order; below 2³² in all.
      const sum = Math.exp(logSumExp(scores, count) - largest);
      const unit = 2 ** 31 / (topK > 0 ? Math.min(topK, sum) : sum);
      for (let i = 0; i < kept; i++) this.#masses[ids[i]] = Math.exp(scores[ids[i]] - largest) * unit;
      const share = Math.min(2 ** 32 - 1, Math.round(topP * 2 ** 32));
      kept = keepBest(ids, kept, this.#scoreBits, this.#masses, (total) => nucleusTarget(total, share));
    }
    if (minP > 0) {
      const least = Math.fround(largest + Math.log(minP));
      let left = 0;
      for (let i = 0; i < kept; i++) if (scores[ids[i]] >= least) ids[left++] = ids[i];
      kept = left;
    }
    return ids.subarray(0, kept);
  }
}

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

function logSumExpOf(values: Float32Array, ids: Uint32Array, largest: number): number {
  let sum = 0;
  for (let i = 0; i < ids.length; i++) sum += Math.exp(values[ids[i]] - largest);
  return largest + Math.log(sum);
}

/** Lower index on ties; −1 when all are −∞. */
function indexOfLargest(values: Float32Array, count: number): number {
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

/**
 * The exponential race: the token with the largest score + Gumbel noise; lower id on ties. `ids` null means all below
 * `count`. Starts with the likeliest token, so that nearly all others are dismissed without a logarithm.
 */
function race(
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
function largest(values: Float32Array, count: number, wanted: number): number[] {
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
