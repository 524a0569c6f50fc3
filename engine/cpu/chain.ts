// The general chain of the sampler, in any order: each step changes scores, or drops tokens from those that the step before
// left. The fast paths (sample.ts, kernels/sample_*.wgsl) do the customary order without the steps that only this file knows.
import { activeSteps, type Sampling, type SamplingStep } from '../generate/sampling.ts';
import { keepBest, nucleusTarget } from './truncate.ts';

/** Tokens that are still in the draw, and the scores of all. */
export class Candidates {
  /** [vocabulary] */
  readonly scores: Float32Array;
  readonly scoreBits: Uint32Array;
  /** The first `kept` are in the draw, ascending. */
  readonly ids: Uint32Array;
  readonly masses: Uint32Array;
  kept = 0;
  #deviations: Float32Array | null = null;

  constructor(vocabularySize: number) {
    this.scores = new Float32Array(vocabularySize);
    this.scoreBits = new Uint32Array(this.scores.buffer);
    this.ids = new Uint32Array(vocabularySize);
    this.masses = new Uint32Array(vocabularySize);
  }

  /** All of the first `count` tokens that can be drawn. */
  start(count: number): void {
    this.kept = 0;
    for (let id = 0; id < count; id++) if (this.scores[id] !== -Infinity) this.ids[this.kept++] = id;
  }

  get largest(): number {
    let largest = -Infinity;
    for (let i = 0; i < this.kept; i++) largest = Math.max(largest, this.scores[this.ids[i]]);
    return largest;
  }

  /** ln Σ exp of the scores in the draw. */
  logSum(): number {
    const { largest } = this;
    let sum = 0;
    for (let i = 0; i < this.kept; i++) sum += Math.exp(this.scores[this.ids[i]] - largest);
    return largest + Math.log(sum);
  }

  /** −Σ p ln p, given logSum(). */
  entropy(logSum: number): number {
    let entropy = 0;
    for (let i = 0; i < this.kept; i++) {
      const logProbability = this.scores[this.ids[i]] - logSum;
      entropy -= Math.exp(logProbability) * logProbability;
    }
    return entropy;
  }

  /** For typical-p: as `scores`, larger is better. */
  get deviations(): Float32Array {
    return (this.#deviations ??= new Float32Array(this.scores.length));
  }

  /** Keeps the best by `order` (f32 by id), as many as reach the target, but at least `minKeep`. */
  keep(order: Float32Array, minKeep: number, weights: Uint32Array | null, target: (total: number) => number): void {
    const bits = new Uint32Array(order.buffer);
    const before = minKeep > 1 ? this.ids.slice(0, this.kept) : null;
    this.kept = keepBest(this.ids, this.kept, bits, weights, target);
    if (!before || this.kept >= minKeep) return;
    this.ids.set(before);
    this.kept = keepBest(this.ids, before.length, bits, null, () => minKeep);
  }

  /** Probabilities as whole numbers, 2³¹ in all, so that their sum does not depend on the order. */
  weigh(): Uint32Array {
    const logSum = this.logSum();
    for (let i = 0; i < this.kept; i++)
      this.masses[this.ids[i]] = Math.exp(this.scores[this.ids[i]] - logSum) * 2 ** 31;
    return this.masses;
  }
}

/** What the chain needs beside the sampling: the sparse steps, and XTC's chance in this step, in [0, 1). */
export interface ChainContext {
  penalties(scores: Float32Array): void;
  dry(scores: Float32Array): void;
  xtcChance: number;
}

/** Runs the steps that are on; `onStep` is told after each. Greedy stops before what only a draw needs. */
export function runChain(
  candidates: Candidates,
  sampling: Required<Sampling>,
  context: ChainContext,
  onStep: (step: SamplingStep) => void = () => {},
): void {
  for (const step of activeSteps(sampling)) {
    if (step === 'penalties') context.penalties(candidates.scores);
    else if (step === 'dry') context.dry(candidates.scores);
    else truncatingSteps[step](candidates, sampling, context.xtcChance);
    onStep(step);
  }
}

const shareOf = (p: number) => Math.min(2 ** 32 - 1, Math.round(p * 2 ** 32));

const truncatingSteps: Record<
  Exclude<SamplingStep, 'penalties' | 'dry'>,
  (candidates: Candidates, sampling: Required<Sampling>, chance: number) => void
> = {
  temperature(candidates, sampling) {
    const temperature = temperatureOf(candidates, sampling);
    // Nothing but the likeliest is left at 0.
    if (temperature < 1e-6) return candidates.keep(candidates.scores, 1, null, () => 1);
    const inverse = Math.fround(1 / temperature);
    for (let i = 0; i < candidates.scores.length; i++) candidates.scores[i] *= inverse;
  },

  topK(candidates, { topK, minKeep }) {
    candidates.keep(candidates.scores, 1, null, () => Math.max(topK, minKeep));
  },

  typicalP(candidates, { typicalP, minKeep }) {
    const { scores, ids, kept, deviations } = candidates;
    const logSum = candidates.logSum();
    const entropy = candidates.entropy(logSum);
    for (let i = 0; i < kept; i++) deviations[ids[i]] = -Math.abs(logSum - scores[ids[i]] - entropy);
    // The mass must exceed p.
    const target = (total: number) => Math.min(total, nucleusTarget(total, shareOf(typicalP)) + 1);
    candidates.keep(deviations, minKeep, candidates.weigh(), target);
  },

  topP(candidates, { topP, minKeep }) {
    const target = (total: number) => nucleusTarget(total, shareOf(topP));
    candidates.keep(candidates.scores, minKeep, candidates.weigh(), target);
  },

  minP(candidates, { minP, minKeep }) {
    const { scores, ids, kept } = candidates;
    const least = Math.fround(candidates.largest + Math.log(minP));
    let above = 0;
    for (let i = 0; i < kept; i++) if (scores[ids[i]] >= least) above++;
    candidates.keep(scores, 1, null, () => Math.max(above, minKeep));
  },

  xtc(candidates, { xtcProbability, xtcThreshold, minKeep }, chance) {
    if (chance >= xtcProbability) return;
    const { scores, ids, kept } = candidates;
    const least = candidates.logSum() + Math.log(xtcThreshold);
    let last = -1;
    let likely = 0;
    for (let i = 0; i < kept; i++) {
      const id = ids[i];
      if (scores[id] < least) continue;
      likely++;
      // The least likely of them stays; of equal ones the higher id.
      if (last < 0 || scores[id] <= scores[last]) last = id;
    }
    if (likely < 2 || kept - (likely - 1) < minKeep) return;
    let left = 0;
    for (let i = 0; i < kept; i++) if (scores[ids[i]] < least || ids[i] === last) ids[left++] = ids[i];
    candidates.kept = left;
  },
};

/** Dynamic where asked: from T − range where the model is certain to T + range where all tokens are alike (spec 5.2). */
function temperatureOf(candidates: Candidates, sampling: Required<Sampling>): number {
  const { temperature, dynamicTemperatureRange: range, dynamicTemperatureExponent: exponent } = sampling;
  if (range === 0 || candidates.kept < 2) return range === 0 ? temperature : 1;
  const uncertainty = candidates.entropy(candidates.logSum()) / Math.log(candidates.kept);
  const low = Math.max(0, temperature - range);
  return low + (temperature + range - low) * Math.min(1, Math.max(0, uncertainty)) ** exponent;
}
