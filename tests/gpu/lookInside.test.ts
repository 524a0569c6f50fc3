// What the GPU back end reports and draws beyond its fast paths, against the CPU back end: chosen experts, chains that no
// kernel knows, answers that go on, thoughts that are closed.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backend/backend.ts';
import { CpuBackend } from '../../engine/cpu/cpuBackend.ts';
import { generate, type GenerateSettings } from '../../engine/generate/generate.ts';
import type { Session } from '../../engine/generate/session.ts';
import { neutralSampling, type Sampling } from '../../engine/generate/sampling.ts';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import type { TokenInfo } from '../../engine/protocol.ts';
import { testGpu } from '../support/gpu.ts';
import { openSession } from '../support/modelChecks.ts';
import { starterPath } from '../support/starter.ts';

const checkpoint = path.join(import.meta.dirname, '../fixtures/goldens/moe-mixed');
const usualPrompt = [3, 14, 15, 92, 65, 35, 89, 79, 3, 14, 15];

let gpu: Session;
let cpu: Session;

beforeAll(async () => {
  const device = await openDevice(testGpu(), { software: true });
  if (!device) throw new Error('no adapter');
  gpu = await openSession(checkpoint, await GpuBackend.open(device, { maxTokens: 16, activations: 'float' }));
  cpu = await openSession(checkpoint, new CpuBackend());
});

afterAll(() => gpu.backend.destroy());

/** Tokens that one back end draws from a prompt. */
async function tokensOf(
  session: Session,
  sampling: Partial<Sampling>,
  { prompt = usualPrompt, ...more }: Partial<GenerateSettings> & { prompt?: number[] } = {},
) {
  const events = generate(session, prompt, {
    sampling: { ...neutralSampling, maxTokens: 10, ...sampling },
    seed: 7,
    alternatives: 2,
    endTokenIds: new Set(),
    sampleableTokens: session.model.config.vocabularySize,
    ...more,
  });
  const tokens: TokenInfo[] = [];
  for await (const token of events) tokens.push(token);
  return tokens;
}

/** Draws on both, and compares all that is reported. */
async function expectSame(sampling: Partial<Sampling>, more: Partial<GenerateSettings> = {}): Promise<TokenInfo[]> {
  const [drawn, expected] = [await tokensOf(gpu, sampling, more), await tokensOf(cpu, sampling, more)];
  expect(drawn.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  for (const [i, token] of drawn.entries()) {
    expect(token.logprob).toBeCloseTo(expected[i].logprob, 3);
    expect(token.sampledLogprob).toBeCloseTo(expected[i].sampledLogprob, 3);
    expect(token.alternatives.map(({ id }) => id)).toEqual(expected[i].alternatives.map(({ id }) => id));
    expect(token.forced).toBe(expected[i].forced);
    expect(token.experts?.ids).toEqual(expected[i].experts?.ids);
    for (const [k, weight] of token.experts?.weights.entries() ?? [])
      expect(weight).toBeCloseTo(expected[i].experts!.weights[k], 3);
  }
  return drawn;
}

describe('on the GPU', () => {
  test('experts of every MoE layer, only when asked for, at no launch more when off', async () => {
    const { backend, model } = gpu;
    const before = model.step.dispatches;
    const [plain] = await tokensOf(gpu, { mode: 'greedy' }, { alternatives: 0 });
    expect(plain.experts).toBeUndefined();
    expect(model.step.dispatches).toBe(before);
    const drawn = await expectSame({ mode: 'greedy' }, { experts: true, alternatives: 0 });
    const layers = drawn[0].experts!.layers;
    expect(layers).toBeGreaterThan(0);
    expect(model.step.dispatches).toBe(before + layers);
    expect(await backend.chosenExperts(model.sampler)).toMatchObject({ layers });
    await expectSame({ temperature: 1.5 }, { experts: true });
  });

  test.each([
    { typicalP: 0.6 },
    { xtcProbability: 0.5, xtcThreshold: 0.05 },
    { dynamicTemperatureRange: 0.5, temperature: 1.2 },
    { temperature: 1.5, topP: 0.7, order: ['topP', 'temperature'] },
    { topK: 1, minKeep: 4 },
    { dryMultiplier: 2, dryAllowedLength: 1, temperature: 1.3 },
    { repetitionPenalty: 1.5, presencePenalty: 1, repetitionWindow: 4, presenceWindow: 2 },
    { mode: 'greedy', dryMultiplier: 5, dryAllowedLength: 1, dryWindow: 12 },
  ] as Partial<Sampling>[])('%j', async (sampling) => {
    await expectSame(sampling);
    await expectSame(sampling, { experts: true });
  });

  test('logit bias', async () => {
    const [first] = await tokensOf(gpu, { mode: 'greedy' });
    const [banned] = await expectSame({ mode: 'greedy' }, { bias: [{ id: first.id, bias: -100 }] });
    expect(banned.id).toBe(first.alternatives[1].id);
    await expectSame({ topK: 5 }, { bias: [{ id: first.id, bias: -2 }] });
  });

  test('an answer that goes on', async () => {
    for (const sampling of [{ frequencyPenalty: 1 }, { typicalP: 0.9, frequencyPenalty: 1 }, { dryMultiplier: 1 }]) {
      const whole = (await tokensOf(gpu, sampling)).map(({ id }) => id);
      const rest = await expectSame(sampling, { answer: whole.slice(0, 4) });
      expect(rest.map(({ id }) => id)).toEqual(whole.slice(4));
    }
  });

  test('a thought that is closed', async () => {
    const last = gpu.model.config.vocabularySize - 1;
    const thinking = { budget: 3, open: last - 1, close: last, closing: [last, 5], inside: true };
    for (const sampling of [{ mode: 'greedy' }, { typicalP: 0.9 }, { presencePenalty: 1 }] as Partial<Sampling>[]) {
      const tokens = await expectSame(sampling, { thinking, experts: true });
      expect(tokens.map(({ forced }) => forced === true)).toEqual([3, 4].reduce((all, at) => all.with(at, true), Array<boolean>(10).fill(false))); // prettier-ignore
      expect(tokens.slice(3, 5).map(({ id }) => id)).toEqual([last, 5]);
    }
  });
});

describe('on the starter, with int8 activations', () => {
  const starterPrompt = [5, 300, 428, 781, 272];
  const draw = async (backend: Backend) => {
    const session = await openSession(starterPath, backend, 64);
    try {
      return await tokensOf(session, { mode: 'greedy', maxTokens: 3 }, { experts: true, prompt: starterPrompt });
    } finally {
      backend.destroy();
    }
  };

  // The general kernels, and those for single tokens that only hardware takes by itself.
  test('experts are those of the CPU twin on both decode paths', async () => {
    const expected = await draw(new CpuBackend());
    for (const software of [true, false]) {
      const device = await openDevice(testGpu(), { software: true });
      if (!device) throw new Error('no adapter');
      const open = { ...device, features: { ...device.features, software } };
      const drawn = await draw(await GpuBackend.open(open, { maxTokens: 16, activations: 'int8' }));
      expect(drawn.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      for (const [i, { experts }] of drawn.entries()) {
        const { ids, weights, layers, used } = expected[i].experts!;
        expect([experts!.layers, experts!.used]).toEqual([layers, used]);
        for (let slot = 0; slot < layers * used; slot++) {
          expect(Math.abs(experts!.weights[slot] - weights[slot])).toBeLessThan(0.04);
          // Rounded activations may swap experts of nearly the same weight.
          const next = (slot + 1) % used === 0 ? 0 : weights[slot + 1];
          const before = slot % used === 0 ? 1 : weights[slot - 1];
          if (slot % used < used - 1 && weights[slot] - next > 0.04 && before - weights[slot] > 0.04)
            expect(experts!.ids[slot]).toBe(ids[slot]);
        }
      }
    }
  });
});
