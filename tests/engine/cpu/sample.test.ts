// The sampler's chain on the CPU: every step of it by hand, its invariants, its distribution, its log-probabilities.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SamplerSettings } from '../../../engine/backend/backend.ts';
import { logSumExp } from '../../../engine/cpu/race.ts';
import { CpuSampler } from '../../../engine/cpu/sample.ts';
import { keepBest, nucleusTarget, orderedKey } from '../../../engine/cpu/truncate.ts';
import { EngineError } from '../../../engine/errors.ts';
import { neutralSampling, type Sampling } from '../../../engine/generate/sampling.ts';
import type { TokenInfo } from '../../../engine/protocol.ts';
import { chiSquared, chiSquaredLimit } from '../../support/chiSquared.ts';
import { gaussians } from '../../support/kernels.ts';

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

/** Tokens that can be drawn and their probabilities, found by drawing until each has come up. */
function support(logits: Float32Array, sampling: Partial<Sampling>, prompt: number[] = []): Map<number, number> {
  const found = new Map<number, number>();
  for (let seed = 0; seed < 400; seed++) {
    const token = draw(samplerOf(logits.length, sampling, { seed, prompt }), logits);
    const probability = Math.exp(token.sampledLogprob);
    expect(found.get(token.id) ?? probability).toBeCloseTo(probability, 12);
    found.set(token.id, probability);
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

function expectSupport(found: Map<number, number>, expected: [number, number][]) {
  expect([...found.keys()]).toEqual(expected.map(([id]) => id));
  for (const [id, probability] of expected) expect(found.get(id)).toBeCloseTo(probability, 5);
}

describe('each step on six tokens, by hand', () => {
  // Probabilities 0.4, 0.25, 0.15, 0.1, 0.06, 0.04.
  const probabilities = [0.4, 0.25, 0.15, 0.1, 0.06, 0.04];
  const logits = Float32Array.from(probabilities.map((p) => Math.log(p)));

  test('no step: the softmax itself', () => {
    expectSupport(
      support(logits, {}),
      probabilities.map((p, id) => [id, p]),
    );
  });

  test('temperature ½ squares the odds', () => {
    const sum = probabilities.reduce((total, p) => total + p * p, 0);
    const found = support(logits, { temperature: 0.5 });
    for (const [id, p] of found) expect(p).toBeCloseTo(probabilities[id] ** 2 / sum, 5);
  });

  test('top-k 3', () => {
    expectSupport(support(logits, { topK: 3 }), [
      [0, 0.5],
      [1, 0.3125],
      [2, 0.1875],
    ]);
  });

  test('top-p 0.7 keeps the token that reaches it', () => {
    expectSupport(support(logits, { topP: 0.7 }), [
      [0, 0.5],
      [1, 0.3125],
      [2, 0.1875],
    ]);
  });

  test('top-p is measured on what top-k left', () => {
    // Of 0.4, 0.25, 0.15 renormalised the first is 0.5, so 0.5 is reached at once; of all it would take two.
    expectSupport(support(logits, { topK: 3, topP: 0.499 }), [[0, 1]]);
    expectSupport(support(logits, { topP: 0.499 }), [
      [0, 0.4 / 0.65],
      [1, 0.25 / 0.65],
    ]);
  });

  test('min-p 0.3 drops what is below 0.12', () => {
    expectSupport(support(logits, { minP: 0.3 }), [
      [0, 0.5],
      [1, 0.3125],
      [2, 0.1875],
    ]);
  });

  test('truncation follows temperature', () => {
    // Likeliest first, at temperature 2: 0.277, 0.219, 0.170 (square roots); at 1: 0.4, 0.25; at ½: 0.615 (squares).
    expect([...support(logits, { temperature: 2, topP: 0.6 }).keys()]).toEqual([0, 1, 2]);
    expect([...support(logits, { topP: 0.6 }).keys()]).toEqual([0, 1]);
    expect([...support(logits, { temperature: 0.5, topP: 0.6 }).keys()]).toEqual([0]);
  });

  test('penalties: repetition for prompt and answer, presence and frequency for the answer alone', () => {
    const values = new Float32Array([2, -1, 3, 0.5, 0, 1]);
    const settings = { mode: 'greedy', repetitionPenalty: 2, presencePenalty: 0.25, frequencyPenalty: 0.5 } as const;
    const sampler = samplerOf(6, settings, { prompt: [0, 1, 0] });
    // 2/2, −1·2, 3, 0.5, 0, 1: token 2. Then 3/2 − 0.5 − 0.25 = 0.75: token 0 (1, the lower id of 0 and 5).
    expect(draw(sampler, values).id).toBe(2);
    expect(draw(sampler, values).id).toBe(0);
    // 0: 1 − 0.75 = 0.25; 5: 1. Then 5: 0.5 − 0.75; 2 is at 0.75.
    expect(draw(sampler, values).id).toBe(5);
    expect(draw(sampler, values).id).toBe(2);
    // 2: 1.5 − 2·0.5 − 0.25 = 0.25; 3: 0.5.
    expect(draw(sampler, values).id).toBe(3);
  });

  test('log-probabilities under penalties: raw before them, sampled after', () => {
    const sampler = samplerOf(6, { presencePenalty: 1, topK: 1 });
    const first = draw(sampler, logits);
    expect(first).toMatchObject({ id: 0, sampledLogprob: 0 });
    expect(first.logprob).toBeCloseTo(Math.log(0.4), 6);
    // 0.4/e = 0.147 is behind 0.25 and 0.15 now.
    const second = draw(sampler, logits);
    expect(second.id).toBe(1);
    expect(second.logprob).toBeCloseTo(Math.log(0.25), 6);
  });

  test('alternatives: most likely first, raw, lower id on ties', () => {
    const values = new Float32Array([1, 3, 3, -5, 2, 0]);
    const token = draw(samplerOf(6, { mode: 'greedy', presencePenalty: 2 }, { alternatives: 4 }), values);
    expect(token.alternatives.map(({ id }) => id)).toEqual([1, 2, 4, 0]);
    const sum = [...values].reduce((total, value) => total + Math.exp(value), 0);
    for (const { id, logprob } of token.alternatives) expect(logprob).toBeCloseTo(values[id] - Math.log(sum), 6);
    expect(draw(samplerOf(6, {}, { alternatives: 20 }), values).alternatives).toHaveLength(6);
  });
});

describe('edges', () => {
  test('greedy takes the lower id on ties, equal and negative logits too', () => {
    expect(draw(samplerOf(5, { mode: 'greedy' }), new Float32Array(5).fill(-7)).id).toBe(0);
    expect(draw(samplerOf(4, { mode: 'greedy' }), new Float32Array([-9, -2, -2, -3])).id).toBe(1);
  });

  test('padding is never drawn', () => {
    const logits = new Float32Array([0, 1, 2, 50, 60]);
    for (const sampling of [{ mode: 'greedy' }, {}, { topK: 2 }, { topP: 0.9 }] as Partial<Sampling>[]) {
      const sampler = samplerOf(5, sampling, { sampleableTokens: 3, alternatives: 5 });
      for (let i = 0; i < 30; i++) {
        const token = draw(sampler, logits);
        expect(token.id).toBeLessThan(3);
        expect(token.alternatives.map(({ id }) => id)).toEqual([2, 1, 0]);
      }
    }
  });

  test.each([NaN, Infinity])('%d among the logits is bad-weights; the next step may be fine', (value) => {
    const sampler = samplerOf(4, {});
    expect(sampler.draw(new Float32Array([1, value, 0, 2]))).toBe(0);
    expect(sampler.take()).toMatchObject({ code: 'bad-weights' });
    expect(draw(sampler, new Float32Array([1, 1, 0, 2])).id).toBeLessThan(4);
  });

  test('nothing to draw from is bad-weights', () => {
    const sampler = samplerOf(3, {});
    sampler.draw(new Float32Array(3).fill(-Infinity));
    expect(sampler.take()).toMatchObject({ code: 'bad-weights' });
  });

  test('equal tokens are cut exactly, lower ids kept', () => {
    const logits = new Float32Array(100).fill(1.5);
    expect([...support(logits, { topK: 3 }).keys()]).toEqual([0, 1, 2]);
    expect([...support(logits, { topK: 10, topP: 0.3 }).keys()]).toEqual([0, 1, 2]);
  });
});

describe('invariants', () => {
  const logitsOf = fc
    .array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 60 })
    .map((values) => Float32Array.from(values));
  const samplings = fc.record({
    mode: fc.constant<Sampling['mode']>('random'),
    temperature: fc.double({ min: 0.1, max: 5, noNaN: true }),
    topK: fc.nat(70),
    topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    minP: fc.double({ min: 0, max: 0.9, noNaN: true }),
  });

  test('logits stay as they are to the bit, and log-probabilities match an independent log-softmax', () => {
    fc.assert(
      fc.property(logitsOf, samplings, fc.nat(), (logits, sampling, seed) => {
        const before = logits.slice();
        const token = draw(samplerOf(logits.length, sampling, { seed, alternatives: 3 }), logits);
        expect(new Uint32Array(logits.buffer)).toEqual(new Uint32Array(before.buffer));
        let sum = 0;
        for (const value of logits) sum += Math.exp(value);
        expect(Math.abs(token.logprob - (logits[token.id] - Math.log(sum)))).toBeLessThan(1e-5);
        expect(token.logprob).toBeLessThanOrEqual(0);
        // Dropping tokens only raises the probability of the rest.
        if (sampling.temperature === 1) expect(token.sampledLogprob).toBeGreaterThanOrEqual(token.logprob - 1e-6);
      }),
    );
  });

  test('what is kept is what an exact sort keeps, and its masses sum to 1', () => {
    fc.assert(
      fc.property(logitsOf, samplings, (logits, sampling) => {
        const sampler = samplerOf(logits.length, sampling);
        const token = draw(sampler, logits);
        const scores = logits.map((logit) => logit * Math.fround(1 / sampling.temperature));
        let kept = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
        if (sampling.topK > 0) kept = kept.slice(0, sampling.topK);
        const mass = (id: number) => Math.exp(scores[id] - scores[kept[0]]);
        const total = kept.reduce((sum, id) => sum + mass(id), 0);
        let reached = 0;
        const needed = kept.findIndex((id) => (reached += mass(id) / total) >= sampling.topP - 1e-7) + 1;
        if (sampling.topP < 1) kept = kept.slice(0, needed || kept.length);
        kept = kept.filter((id) => mass(id) >= sampling.minP * (1 - 1e-6));
        const left = kept.reduce((sum, id) => sum + mass(id), 0);
        const expected = mass(token.id) / left;
        expect(Math.abs(Math.exp(token.sampledLogprob) - expected)).toBeLessThan(1e-5);
        expect(kept).toContain(token.id);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test('neutral values change nothing, to the bit', () => {
    fc.assert(
      fc.property(logitsOf, fc.nat(), (logits, seed) => {
        const plain = draw(samplerOf(logits.length, {}, { seed }), logits);
        for (const neutral of [{ topK: 0 }, { topP: 1 }, { minP: 0 }, { repetitionPenalty: 1 }] as Partial<Sampling>[])
          expect(draw(samplerOf(logits.length, neutral, { seed, prompt: [0] }), logits)).toEqual(plain);
        const all = draw(samplerOf(logits.length, { topK: logits.length }, { seed }), logits);
        expect(all.id).toBe(plain.id);
        expect(all.sampledLogprob).toBeCloseTo(plain.sampledLogprob, 10);
      }),
    );
  });

  test('top-k 1 is greedy', () => {
    fc.assert(
      fc.property(logitsOf, fc.nat(), (logits, seed) => {
        const greedy = draw(samplerOf(logits.length, { mode: 'greedy' }), logits);
        expect(draw(samplerOf(logits.length, { topK: 1 }, { seed }), logits)).toEqual(greedy);
        expect(greedy.sampledLogprob).toBe(0);
      }),
    );
  });

  test('ordered keys order as numbers do', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (a, b) => {
        const [first, second] = new Uint32Array(Float32Array.of(a, b).buffer);
        if (a < b) expect(orderedKey(first)).toBeLessThan(orderedKey(second));
      }),
    );
  });

  test('keepBest by weights takes the shortest prefix that reaches the target', () => {
    const scores = Float32Array.of(1, 5, 3, 5, -2);
    const bits = new Uint32Array(scores.buffer);
    const weights = Uint32Array.of(10, 30, 20, 30, 10);
    const kept = (target: number) => {
      const ids = Uint32Array.of(0, 1, 2, 3, 4);
      return [
        ...ids.subarray(
          0,
          keepBest(ids, 5, bits, weights, () => target),
        ),
      ];
    };
    expect(kept(1)).toEqual([1]);
    expect(kept(30)).toEqual([1]);
    expect(kept(31)).toEqual([1, 3]);
    expect(kept(61)).toEqual([1, 2, 3]);
    expect(kept(100)).toEqual([0, 1, 2, 3, 4]);
    expect(nucleusTarget(2_147_483_640, 2 ** 31)).toBe(1_073_741_820);
    expect(nucleusTarget(5, 1)).toBe(1);
  });

  test('log-sum-exp neither overflows nor hides what is not finite', () => {
    expect(logSumExp(new Float32Array([1000, 1000]), 2)).toBeCloseTo(1000 + Math.log(2), 9);
    expect(logSumExp(new Float32Array([NaN, 1]), 2)).toBeNaN();
    expect(logSumExp(new Float32Array([1, Infinity]), 2)).toBeNaN();
    expect(logSumExp(new Float32Array([-Infinity, 1]), 2)).toBe(1);
  });
});

describe('randomness', () => {
  const draws = 200_000;

  function countsOf(logits: Float32Array, sampling: Partial<Sampling>): number[] {
    const sampler = samplerOf(logits.length, sampling, { seed: 2026 });
    const counts = new Array<number>(logits.length).fill(0);
    for (let i = 0; i < draws; i++) counts[sampler.draw(logits)]++;
    return counts;
  }

  test('χ² of the race', () => {
    const probabilities = [0.3, 0.25, 0.2, 0.1, 0.08, 0.05, 0.02, 0];
    const counts = countsOf(Float32Array.from(probabilities.map(Math.log)), {});
    expect(chiSquared(counts, probabilities)).toBeLessThan(chiSquaredLimit(6));
  });

  test('χ² over many tokens', () => {
    const logits = gaussians(200, 8, 1.5);
    const sum = logSumExp(logits, 200);
    expect(
      chiSquared(
        countsOf(logits, {}),
        [...logits].map((logit) => Math.exp(logit - sum)),
      ),
    ).toBeLessThan(chiSquaredLimit(199));
  });

  test('χ² of a truncated chain', () => {
    const logits = gaussians(50, 3, 2);
    const temperature = 1.4;
    const ranked = [...logits.keys()].sort((a, b) => logits[b] - logits[a]).slice(0, 12);
    const mass = (id: number) => Math.exp((logits[id] - logits[ranked[0]]) / temperature);
    const total = ranked.reduce((sum, id) => sum + mass(id), 0);
    let reached = 0;
    const nucleus = ranked.slice(0, ranked.findIndex((id) => (reached += mass(id) / total) >= 0.9) + 1);
    const kept = nucleus.filter((id) => mass(id) >= 0.05);
    const left = kept.reduce((sum, id) => sum + mass(id), 0);
    const expected = new Array<number>(50).fill(0);
    for (const id of kept) expected[id] = mass(id) / left;
    const counts = countsOf(logits, { temperature, topK: 12, topP: 0.9, minP: 0.05 });
    expect(kept.length).toBeGreaterThan(3);
    expect(chiSquared(counts, expected)).toBeLessThan(chiSquaredLimit(kept.length - 1));
  });

  test('the same seed gives the same answer, another gives another', () => {
    const logits = gaussians(500, 1);
    const answer = (seed: number) => {
      const sampler = samplerOf(500, {}, { seed });
      return Array.from({ length: 20 }, () => sampler.draw(logits));
    };
    expect(answer(1)).toEqual(answer(1));
    expect(answer(1)).not.toEqual(answer(2));
    // Configured again, a sampler starts over.
    const sampler = samplerOf(500, {}, { seed: 1 });
    for (let i = 0; i < 5; i++) sampler.draw(logits);
    sampler.configure({ sampling: neutralSampling, seed: 1, sampleableTokens: 500, prompt: [], alternatives: 0 });
    expect(Array.from({ length: 20 }, () => sampler.draw(logits))).toEqual(answer(1));
  });
});
