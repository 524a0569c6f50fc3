// The steps of the chain that only cpu/chain.ts knows: by hand on six tokens, their invariants, their order, their distribution.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SamplerSettings } from '../../../engine/backend/backend.ts';
import { Candidates, runChain } from '../../../engine/cpu/chain.ts';
import { CpuSampler } from '../../../engine/cpu/sample.ts';
import { EngineError } from '../../../engine/errors.ts';
import {
  activeSteps,
  defaultOrder,
  needsChain,
  neutralControls,
  neutralSampling,
  wholeSampling,
  type Sampling,
  type SamplingStep,
} from '../../../engine/generate/sampling.ts';
import type { TokenInfo } from '../../../engine/protocol.ts';
import { chiSquared, chiSquaredLimit } from '../../support/chiSquared.ts';
import { gaussians } from '../../support/kernels.ts';

const nothing = { penalties: () => {}, dry: () => {} };

/** Probabilities after the chain, by id; dropped tokens are missing. */
function after(logits: Float32Array, sampling: Partial<Sampling>, xtcChance = 0): Map<number, number> {
  const candidates = new Candidates(logits.length);
  candidates.scores.set(logits);
  candidates.start(logits.length);
  runChain(candidates, wholeSampling({ ...neutralSampling, ...sampling }), { ...nothing, xtcChance });
  const logSum = candidates.logSum();
  const kept = [...candidates.ids.subarray(0, candidates.kept)];
  return new Map(kept.map((id) => [id, Math.exp(candidates.scores[id] - logSum)]));
}

function samplerOf(vocabulary: number, sampling: Partial<Sampling>, more: Partial<SamplerSettings> = {}): CpuSampler {
  const sampler = new CpuSampler(vocabulary);
  const defaults = { seed: 1, sampleableTokens: vocabulary, prompt: [], alternatives: 0 };
  sampler.configure({ sampling: { ...neutralSampling, ...sampling }, ...defaults, ...more });
  return sampler;
}

function draw(sampler: CpuSampler, logits: Float32Array): TokenInfo {
  sampler.draw(logits);
  const drawn = sampler.take();
  if (drawn instanceof EngineError) throw drawn;
  return drawn;
}

function expectMasses(found: Map<number, number>, expected: Record<number, number>) {
  expect([...found.keys()]).toEqual(Object.keys(expected).map(Number));
  for (const [id, mass] of found) expect(mass).toBeCloseTo(expected[id], 5);
}

describe('each step on six tokens, by hand', () => {
  const probabilities = [0.4, 0.25, 0.15, 0.1, 0.06, 0.04];
  const logits = Float32Array.from(probabilities.map((p) => Math.log(p)));

  test('typical-p ranks by the distance of surprise from entropy', () => {
    // Entropy 1.5194. Surprises 0.916, 1.386, 1.897, 2.303, 2.813, 3.219: distances 0.603, 0.133, 0.378, 0.783, 1.294, 1.7.
    // So 1, 2, 0, 3, 4, 5: 0.25, then 0.4, then 0.8.
    expectMasses(after(logits, { typicalP: 0.2 }), { 1: 1 });
    expectMasses(after(logits, { typicalP: 0.3 }), { 1: 0.25 / 0.4, 2: 0.15 / 0.4 });
    expectMasses(after(logits, { typicalP: 0.5 }), { 0: 0.5, 1: 0.3125, 2: 0.1875 });
    expect(after(logits, { typicalP: 0.999 }).size).toBe(6);
  });

  test('typical-p goes on until its mass is exceeded', () => {
    const four = new Float32Array(4);
    expect([...after(four, { typicalP: 0.5 }).keys()]).toEqual([0, 1, 2]);
    expect([...after(four, { typicalP: 0.49 }).keys()]).toEqual([0, 1]);
  });

  test('XTC removes all above the threshold but the least likely of them', () => {
    expectMasses(after(logits, { xtcProbability: 1, xtcThreshold: 0.12 }), { 2: 0.15 / 0.35, 3: 0.1 / 0.35, 4: 0.06 / 0.35, 5: 0.04 / 0.35 }); // prettier-ignore
    // One alone above it stays.
    expect(after(logits, { xtcProbability: 1, xtcThreshold: 0.3 }).size).toBe(6);
    expect(after(logits, { xtcProbability: 1, xtcThreshold: 0.6 }).size).toBe(6);
  });

  test('XTC acts when its chance comes up, and leaves the minimum', () => {
    expect(after(logits, { xtcProbability: 0.5, xtcThreshold: 0.12 }, 0.5).size).toBe(6);
    expect(after(logits, { xtcProbability: 0.5, xtcThreshold: 0.12 }, 0.49).size).toBe(4);
    expect(after(logits, { xtcProbability: 1, xtcThreshold: 0.12, minKeep: 5 }).size).toBe(6);
    // Of equals the last one is the least likely.
    expect([...after(new Float32Array(4), { xtcProbability: 1, xtcThreshold: 0.2 }).keys()]).toEqual([3]);
  });

  test('dynamic temperature follows the entropy', () => {
    // 1.5194 / ln 6 = 0.848: T = 0.5 + 1 · 0.848.
    const entropy = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0);
    for (const exponent of [1, 2]) {
      const temperature = 0.5 + (entropy / Math.log(6)) ** exponent;
      const sum = probabilities.reduce((total, p) => total + p ** (1 / temperature), 0);
      const sampling = { dynamicTemperatureRange: 0.5, dynamicTemperatureExponent: exponent };
      for (const [id, mass] of after(logits, sampling))
        expect(mass).toBeCloseTo(probabilities[id] ** (1 / temperature) / sum, 5);
    }
    // All alike: the hottest. One token: unchanged.
    expectMasses(after(new Float32Array(3), { dynamicTemperatureRange: 0.5 }), { 0: 1 / 3, 1: 1 / 3, 2: 1 / 3 });
    expectMasses(after(logits, { topK: 1, dynamicTemperatureRange: 0.5, order: ['topK', 'temperature'] }), { 0: 1 });
  });

  test('a dynamic temperature of 0 leaves the likeliest', () => {
    const certain = Float32Array.of(200, 0, 0);
    expectMasses(after(certain, { dynamicTemperatureRange: 1 }), { 0: 1 });
  });

  test('no step leaves fewer than the minimum', () => {
    for (const sampling of [{ topK: 1 }, { topP: 0.1 }, { minP: 0.9 }] as Partial<Sampling>[])
      expect([...after(logits, { ...sampling, minKeep: 3 }).keys()]).toEqual([0, 1, 2]);
    expect([...after(logits, { typicalP: 0.1, minKeep: 2 }).keys()]).toEqual([1, 2]);
    expect(after(logits, { topK: 1, minKeep: 100 }).size).toBe(6);
  });

  test('order matters: top-p before and after temperature, min-p before and after XTC', () => {
    expect([...after(logits, { temperature: 2, topP: 0.6 }).keys()]).toEqual([0, 1, 2]);
    expect([...after(logits, { temperature: 2, topP: 0.6, order: ['topP', 'temperature'] }).keys()]).toEqual([0, 1]);
    const xtc = { xtcProbability: 1, xtcThreshold: 0.12, minP: 0.5 };
    expect([...after(logits, xtc).keys()]).toEqual([1]);
    expect([...after(logits, { ...xtc, order: ['xtc', 'minP'] }).keys()]).toEqual([2, 3]);
  });

  test('penalties after top-k: what was dropped stays dropped', () => {
    const sampling = { presencePenalty: 2, topK: 2, order: ['topK', 'penalties'] } as const;
    const sampler = samplerOf(6, sampling, { answer: [0] });
    const ids = Array.from({ length: 40 }, () => draw(sampler, logits).id);
    expect(new Set(ids)).toEqual(new Set([0, 1]));
  });
});

describe('invariants', () => {
  const logitsOf = fc
    .array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 60 })
    .map((values) => Float32Array.from(values));
  const samplings = fc.record({
    temperature: fc.double({ min: 0.1, max: 5, noNaN: true }),
    dynamicTemperatureRange: fc.double({ min: 0, max: 3, noNaN: true }),
    dynamicTemperatureExponent: fc.double({ min: 0.1, max: 3, noNaN: true }),
    topK: fc.nat(70),
    typicalP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    minP: fc.double({ min: 0, max: 0.9, noNaN: true }),
    xtcProbability: fc.double({ min: 0, max: 1, noNaN: true }),
    xtcThreshold: fc.double({ min: 0.01, max: 1, noNaN: true }),
    minKeep: fc.integer({ min: 1, max: 5 }),
    order: fc.shuffledSubarray<SamplingStep>([...defaultOrder], { minLength: 0 }),
  });

  test('masses sum to 1, at least the minimum stays, logits stay as they are', () => {
    fc.assert(
      fc.property(logitsOf, samplings, fc.nat(), (logits, sampling, seed) => {
        const before = logits.slice();
        const masses = after(logits, sampling, (seed % 100) / 100);
        expect([...masses.values()].reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 6);
        const least = sampling.dynamicTemperatureRange > 0 ? 1 : sampling.minKeep;
        expect(masses.size).toBeGreaterThanOrEqual(Math.min(least, logits.length));
        const token = draw(samplerOf(logits.length, sampling, { seed }), logits);
        expect(token.sampledLogprob).toBeLessThanOrEqual(0);
        expect(logits).toEqual(before);
      }),
    );
  });

  test('the token drawn is one that the chain leaves, with its mass', () => {
    fc.assert(
      fc.property(logitsOf, samplings, fc.nat(), (logits, sampling, seed) => {
        // A chance that always or never comes up.
        const fixed = { ...sampling, xtcProbability: sampling.xtcProbability > 0.5 ? 1 : 0 };
        const token = draw(samplerOf(logits.length, fixed, { seed }), logits);
        const mass = after(logits, fixed).get(token.id);
        expect(mass).toBeDefined();
        expect(Math.exp(token.sampledLogprob)).toBeCloseTo(mass!, 4);
      }),
    );
  });

  test('neutral values change nothing, to the bit', () => {
    const neutrals: Partial<Sampling>[] = [
      { dynamicTemperatureRange: 0, dynamicTemperatureExponent: 3 },
      { typicalP: 1 },
      { xtcProbability: 0, xtcThreshold: 0.01 },
      { xtcProbability: 1, xtcThreshold: 0.51 },
      { minKeep: 1 },
      { dryMultiplier: 0, dryAllowedLength: 1 },
      { repetitionWindow: 3, presenceWindow: 3 },
      { logitBias: [], stopStrings: [] },
      { order: ['xtc', 'minP'] },
      neutralControls,
    ];
    fc.assert(
      fc.property(logitsOf, fc.nat(), (logits, seed) => {
        const plain = draw(samplerOf(logits.length, {}, { seed }), logits);
        for (const neutral of neutrals)
          expect(draw(samplerOf(logits.length, neutral, { seed, prompt: [0], answer: [] }), logits)).toEqual(plain);
      }),
    );
  });

  test('the general chain and the fast path agree where both can', () => {
    fc.assert(
      fc.property(logitsOf, samplings, fc.nat(), (logits, { temperature, topK, minP }, seed) => {
        const sampling = { temperature, topK, minP };
        const fast = draw(samplerOf(logits.length, sampling, { seed }), logits);
        const general = after(logits, sampling);
        expect(Math.exp(fast.sampledLogprob)).toBeCloseTo(general.get(fast.id)!, 5);
      }),
    );
  });

  test('orders that only move steps that are off take the fast path', () => {
    const order: SamplingStep[] = ['xtc', 'typicalP', 'penalties', 'temperature', 'topP'];
    expect(needsChain({ ...neutralSampling, temperature: 0.7, topP: 0.9, order })).toBe(false);
    expect(needsChain({ ...neutralSampling, temperature: 0.7, topK: 5, topP: 0.9, order })).toBe(true);
    expect(needsChain({ ...neutralSampling, mode: 'greedy', topK: 5, topP: 0.9, typicalP: 0.5, order })).toBe(false);
    expect(activeSteps({ ...neutralSampling, topK: 5, topP: 0.9, order })).toEqual(['topP', 'topK']);
  });
});

describe('distribution', () => {
  const draws = 200_000;

  test('χ² of a chain with typical-p, XTC and dynamic temperature', () => {
    const logits = gaussians(40, 5, 1.5);
    const sampling: Partial<Sampling> = {
      dynamicTemperatureRange: 0.3,
      typicalP: 0.9,
      topK: 25,
      xtcProbability: 0.4,
      xtcThreshold: 0.08,
    };
    const [on, off] = [after(logits, sampling, 0), after(logits, sampling, 1)];
    expect(on.size).toBeLessThan(off.size);
    const expected = Array.from(logits, (_, id) => 0.4 * (on.get(id) ?? 0) + 0.6 * (off.get(id) ?? 0));
    const sampler = samplerOf(40, sampling, { seed: 2026 });
    const counts = new Array<number>(40).fill(0);
    for (let i = 0; i < draws; i++) counts[sampler.draw(logits)]++;
    expect(chiSquared(counts, expected)).toBeLessThan(chiSquaredLimit(off.size - 1));
  });
});
