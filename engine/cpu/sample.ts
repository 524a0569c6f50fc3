// CPU twin of kernels/sample_*.wgsl: the chain of generate/sampling.ts over one row of logits, which it never changes. Same
// random numbers and same order of ties as on the GPU (spec 4.6). Steps and orders that no kernel knows run through chain.ts.
import type { Sampler, SamplerSettings } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import { raceKeys, stepChance } from '../generate/random.ts';
import {
  needsChain,
  neutralControls,
  neutralSampling,
  penalizes,
  truncates,
  wholeSampling,
  type Sampling,
} from '../generate/sampling.ts';
import type { ChainStage, TokenExperts, TokenInfo } from '../protocol.ts';
import { Candidates, runChain, type ChainContext } from './chain.ts';
import { dryPenalty, noBreakers, repeats } from './dry.ts';
import { bestIds, bestOf, indexOfLargest, logSumExp, logSumExpOf, race } from './race.ts';
import { TokenHistory } from './tokenHistory.ts';
import { keepBest, nucleusTarget } from './truncate.ts';

/** What each layer chose for the last token of a step, [layers, expertsUsed]; filled by the route (cpuBackend.ts). */
export interface ExpertRecord {
  readonly layers: number;
  readonly expertsUsed: number;
  readonly recordedIds: Uint32Array;
  readonly recordedWeights: Float32Array;
}

export class CpuSampler implements Sampler {
  readonly vocabularySize: number;
  readonly record: ExpertRecord | null;
  #settings: SamplerSettings;
  #sampling: Required<Sampling> = neutralControls;
  #wholeChain = false;
  #step = 0;
  #drawn: TokenInfo | EngineError | null = null;
  readonly #history: TokenHistory;
  readonly #candidates: Candidates;

  constructor(vocabularySize: number, record: ExpertRecord | null = null) {
    this.vocabularySize = vocabularySize;
    this.record = record;
    this.#history = new TokenHistory(vocabularySize);
    this.#candidates = new Candidates(vocabularySize);
    const sampleableTokens = vocabularySize;
    this.#settings = { sampling: neutralSampling, seed: 0, sampleableTokens, prompt: [], alternatives: 0 };
  }

  /** Starts an answer, or goes on with one: the next draw is that of step answer.length. */
  configure(settings: SamplerSettings): void {
    const { sampling, prompt, answer = [] } = settings;
    this.#settings = settings;
    this.#sampling = wholeSampling(sampling);
    this.#wholeChain = needsChain(sampling);
    this.#step = answer.length;
    this.#drawn = null;
    this.#history.start(prompt, answer, this.#sampling);
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
    const { seed, alternatives, experts } = this.#settings;
    const count = this.#count;
    const raw = logSumExp(logits, this.vocabularySize);
    const drawn = Number.isNaN(raw) ? null : this.#drawFrom(logits, count, raw, raceKeys(seed, this.#step));
    if (!drawn) {
      const place = `at token ${this.#step} of the answer`;
      this.#drawn = new EngineError('bad-weights', 'The model computed numbers that are not usable.', place);
      return 0;
    }
    const { id, sampledLogprob } = drawn;
    this.#drawn = { ...rawLogprobs(logits, raw, count, id, alternatives), sampledLogprob };
    if (experts && this.record) this.#drawn.experts = expertsOf(this.record);
    this.#history.push(id);
    this.#step++;
    return id;
  }

  /**
   * Runs the whole chain over the logits without drawing; XTC as when its chance comes up.
   * @param onStep is shown the candidates: first with the raw scores, then after logit bias and after each step that is on
   */
  showChain(logits: Float32Array, onStep: (step: ChainStage, candidates: Candidates) => void): void {
    const candidates = this.#candidates;
    candidates.scores.set(logits);
    candidates.start(this.vocabularySize);
    onStep('raw', candidates);
    candidates.start(this.#count);
    const { bias = [] } = this.#settings;
    if (bias.length > 0) {
      this.#addBias(candidates.scores);
      onStep('logitBias', candidates);
    }
    runChain(candidates, this.#sampling, this.#chainContext(-1), (step) => onStep(step, candidates));
  }

  get #count(): number {
    return Math.min(this.#settings.sampleableTokens, this.vocabularySize);
  }

  /** null when there is nothing that can be drawn. */
  #drawFrom(
    logits: Float32Array,
    count: number,
    raw: number,
    keys: readonly [number, number],
  ): { id: number; sampledLogprob: number } | null {
    const random = this.#sampling.mode === 'random';
    const chained = this.#wholeChain ? this.#runChain(logits, count) : null;
    if (chained?.kept.length === 0) return null;
    const scores = chained?.scores ?? this.#score(logits, count);
    let kept = chained?.kept ?? null;
    const likeliest = kept ? bestOf(scores, kept) : indexOfLargest(scores, count);
    if (likeliest < 0) return null;
    if (!random) return { id: likeliest, sampledLogprob: 0 };
    if (!kept && truncates(this.#sampling)) kept = this.#truncate(scores, count, scores[likeliest]);
    const id = race(scores, kept, kept?.length ?? count, likeliest, keys);
    const same = scores === logits && !kept && count === this.vocabularySize;
    const sum = same ? raw : kept ? logSumExpOf(scores, kept, scores[likeliest]) : logSumExp(scores, count);
    return { id, sampledLogprob: Math.min(0, scores[id] - sum) + 0 };
  }

  #runChain(logits: Float32Array, count: number): { scores: Float32Array; kept: Uint32Array } {
    const candidates = this.#candidates;
    candidates.scores.set(logits);
    this.#addBias(candidates.scores);
    candidates.start(count);
    const chance = stepChance(this.#settings.seed, this.#step);
    runChain(candidates, this.#sampling, this.#chainContext(chance));
    return { scores: candidates.scores, kept: candidates.ids.subarray(0, candidates.kept) };
  }

  #chainContext(xtcChance: number): ChainContext {
    return { penalties: (scores) => this.#penalize(scores), dry: (scores) => this.#holdBackRepeats(scores), xtcChance };
  }

  /** Logits after bias, penalties, DRY and temperature, in f32 as on the GPU; the logits themselves when nothing changes them. */
  #score(logits: Float32Array, count: number): Float32Array {
    const sampling = this.#sampling;
    const penalized = penalizes(sampling);
    const biased = (this.#settings.bias?.length ?? 0) > 0;
    const inverseTemperature = sampling.mode === 'greedy' ? 1 : Math.fround(1 / sampling.temperature);
    const { scores } = this.#candidates;
    if (!penalized && !biased && sampling.dryMultiplier === 0) {
      if (inverseTemperature === 1) {
        if (truncates(sampling)) scores.set(logits);
        return logits;
      }
      for (let id = 0; id < count; id++) scores[id] = logits[id] * inverseTemperature;
      return scores;
    }
    scores.set(logits);
    if (biased) this.#addBias(scores);
    if (penalized) this.#penalize(scores);
    if (sampling.dryMultiplier > 0) this.#holdBackRepeats(scores);
    if (inverseTemperature !== 1) for (let id = 0; id < count; id++) scores[id] *= inverseTemperature;
    return scores;
  }

  #addBias(scores: Float32Array): void {
    for (const { id, bias } of this.#settings.bias ?? []) scores[id] += bias;
  }

  #penalize(scores: Float32Array): void {
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = this.#sampling;
    const { repeated, counts } = this.#history;
    const repetition = Math.fround(repetitionPenalty);
    const inverseRepetition = Math.fround(1 / repetitionPenalty);
    for (let id = 0; id < scores.length; id++) {
      if (repeated[id] > 0) scores[id] *= scores[id] > 0 ? inverseRepetition : repetition;
      if (counts[id] > 0) scores[id] -= Math.fround(counts[id] * frequencyPenalty + presencePenalty);
    }
  }

  #holdBackRepeats(scores: Float32Array): void {
    const breakers = this.#settings.breakers ?? noBreakers;
    for (const [id, length] of repeats(this.#history.ids, this.#sampling, breakers))
      scores[id] -= Math.fround(dryPenalty(length, this.#sampling));
  }

  /** The tokens that top-k, top-p and min-p leave, ascending. */
  #truncate(scores: Float32Array, count: number, largest: number): Uint32Array {
    const { topK, topP, minP } = this.#sampling;
    const { ids, masses, scoreBits } = this.#candidates;
    for (let id = 0; id < count; id++) ids[id] = id;
    let kept = count;
    if (topK > 0) kept = keepBest(ids, kept, scoreBits, null, () => topK);
    if (topP < 1) {
      // Masses as fixed-point numbers, so that their sum does not depend on the order; below 2³² in all.
      const sum = Math.exp(logSumExp(scores, count) - largest);
      const unit = 2 ** 31 / (topK > 0 ? Math.min(topK, sum) : sum);
      for (let i = 0; i < kept; i++) masses[ids[i]] = Math.exp(scores[ids[i]] - largest) * unit + 0.5;
      const share = Math.min(2 ** 32 - 1, Math.round(topP * 2 ** 32));
      // All tokens are 2³¹, whatever their rounded masses add up to.
      kept = keepBest(ids, kept, scoreBits, masses, (total) => nucleusTarget(topK > 0 ? total : 2 ** 31, share));
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

/** A copy of the record as a token carries it. */
export function expertsOf({ layers, expertsUsed, recordedIds, recordedWeights }: ExpertRecord): TokenExperts {
  return { layers, used: expertsUsed, ids: Uint16Array.from(recordedIds), weights: recordedWeights.slice() };
}

/**
 * A token under the model's own distribution.
 * @param raw ln Σ exp of the logits
 * @param count tokens that may be named as alternatives
 */
export function rawLogprobs(
  logits: Float32Array,
  raw: number,
  count: number,
  id: number,
  alternatives: number,
): Omit<TokenInfo, 'sampledLogprob'> {
  // Not −0.
  const logprobOf = (other: number) => Math.min(0, logits[other] - raw) + 0;
  const others = bestIds(logits, count, alternatives);
  return {
    id,
    logprob: logprobOf(id),
    alternatives: others.map((other) => ({ id: other, logprob: logprobOf(other) })),
  };
}
