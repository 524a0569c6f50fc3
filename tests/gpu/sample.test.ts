// The sampler on the GPU against its CPU twin: same tokens for the same seed, same log-probabilities, under every setting.
import { expect, test } from 'vitest';
import type { SamplerSettings } from '../../engine/backend/backend.ts';
import { CpuSampler } from '../../engine/cpu/sample.ts';
import { EngineError } from '../../engine/errors.ts';
import { neutralSampling, type Sampling } from '../../engine/generate/sampling.ts';
import { encodeDispatches, recordDispatch, runsFor, type RecordedDispatch } from '../../engine/gpu/dispatch.ts';
import { sample } from '../../engine/gpu/ops/sample.ts';
import { Pipelines } from '../../engine/gpu/pipelines.ts';
import { configureGpuSampler, createGpuSampler, decodeRecord, recordBytes } from '../../engine/gpu/sampler.ts';
import type { TokenInfo } from '../../engine/protocol.ts';
import { chiSquared, chiSquaredLimit } from '../support/chiSquared.ts';
import { readBuffer, withDevice } from '../support/gpu.ts';
import { gaussians, KernelBench } from '../support/kernels.ts';

const portable = { limits: 'portable', subgroups: false } as const;
const pipelinesOf = new WeakMap<GPUDevice, Pipelines>();

class SamplerBench {
  readonly bench: KernelBench;
  readonly logits: GPUBuffer;
  readonly sampler: ReturnType<typeof createGpuSampler>;
  readonly recorded: RecordedDispatch[];

  private constructor(
    bench: KernelBench,
    logits: GPUBuffer,
    sampler: SamplerBench['sampler'],
    all: RecordedDispatch[],
  ) {
    this.bench = bench;
    this.logits = logits;
    this.sampler = sampler;
    this.recorded = all;
  }

  /** `software` picks the workgroup shapes meant for SwiftShader, with chunks of 4,096 tokens instead of 1,024. */
  static async create(device: GPUDevice, logits: Float32Array, software = true): Promise<SamplerBench> {
    const bench = new KernelBench(device, { software });
    const tensor = bench.tensor(logits.length, logits, { extent: 'last' });
    const sampler = createGpuSampler(bench.context, logits.length);
    let pipelines = pipelinesOf.get(device);
    if (!pipelines) pipelinesOf.set(device, (pipelines = new Pipelines(device)));
    const recorded: RecordedDispatch[] = [];
    for (const dispatch of sample(bench.context, tensor, sampler))
      recorded.push(await recordDispatch(device, pipelines, dispatch));
    bench.setStep(0, [0]);
    return new SamplerBench(bench, tensor.buffer, sampler, recorded);
  }

  configure(settings: SamplerSettings): void {
    configureGpuSampler(this.bench.device.queue, this.sampler, settings);
  }

  get dispatches(): number {
    return this.recorded.filter(({ dispatch }) => runsFor(dispatch, 1)).length;
  }

  /** Draws so many tokens in a row, in one submission. */
  async draw(count: number): Promise<ArrayBuffer[]> {
    const { device } = this.bench;
    const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const records = device.createBuffer({ size: count * recordBytes, usage });
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < count; i++) {
      const pass = encoder.beginComputePass();
      encodeDispatches(pass, this.recorded, 1);
      pass.end();
      encoder.copyBufferToBuffer(this.sampler.result, 0, records, i * recordBytes, recordBytes);
    }
    device.queue.submit([encoder.finish()]);
    const bytes = await readBuffer(device, records);
    records.destroy();
    return Array.from({ length: count }, (_, i) => bytes.slice(i * recordBytes, (i + 1) * recordBytes));
  }

  async tokens(count: number): Promise<TokenInfo[]> {
    return (await this.draw(count)).map((record) => decodeRecord(record, this.sampler));
  }
}

function settingsOf(sampling: Partial<Sampling>, vocabulary: number, more: Partial<SamplerSettings> = {}) {
  return {
    sampling: { ...neutralSampling, ...sampling },
    seed: 12345,
    sampleableTokens: vocabulary,
    prompt: [],
    alternatives: 0,
    ...more,
  };
}

/** Compares so many draws with the twin's. */
async function expectTwins(bench: SamplerBench, logits: Float32Array, settings: SamplerSettings, count: number) {
  bench.configure(settings);
  const drawn = await bench.tokens(count);
  const twin = new CpuSampler(logits.length);
  twin.configure(settings);
  for (const token of drawn) {
    const id = twin.draw(logits);
    const expected = twin.take() as TokenInfo;
    expect(token.id).toBe(id);
    expect(Math.abs(token.logprob - expected.logprob)).toBeLessThan(1e-5);
    expect(Math.abs(token.sampledLogprob - expected.sampledLogprob)).toBeLessThan(1e-5);
    expect(token.alternatives.map((other) => other.id)).toEqual(expected.alternatives.map((other) => other.id));
    for (const [i, other] of token.alternatives.entries())
      expect(Math.abs(other.logprob - expected.alternatives[i].logprob)).toBeLessThan(1e-5);
  }
  return drawn;
}

const penalties = { repetitionPenalty: 1.3, presencePenalty: 0.7, frequencyPenalty: 0.4 };
const settingsTable: [string, Partial<Sampling>][] = [
  ['greedy', { mode: 'greedy' }],
  ['greedy with penalties', { mode: 'greedy', ...penalties }],
  ['the plain race', {}],
  ['temperature', { temperature: 1.7 }],
  ['penalties', penalties],
  ['negative penalties', { repetitionPenalty: 0.8, presencePenalty: -1, frequencyPenalty: -0.5 }],
  ['top-k', { topK: 7 }],
  ['top-k 1', { topK: 1 }],
  ['top-k above the vocabulary', { topK: 100_000 }],
  ['top-p', { topP: 0.8 }],
  ['a tiny top-p', { topP: 1e-6 }],
  ['min-p', { minP: 0.1 }],
  ['top-k, top-p, min-p', { temperature: 1.5, topK: 40, topP: 0.9, minP: 0.02 }],
  ['everything', { temperature: 0.7, topK: 25, topP: 0.95, minP: 0.01, ...penalties }],
];

test(
  'draws the tokens of its twin under every setting, over one chunk and several',
  withDevice(async (device) => {
    for (const [vocabulary, software] of [
      [6, true],
      [9001, true],
      [3001, false],
    ] as const) {
      const logits = gaussians(vocabulary, vocabulary, 3);
      const bench = await SamplerBench.create(device, logits, software);
      for (const [, sampling] of settingsTable) {
        const more = { prompt: [1, 2, 2, 5], alternatives: 5, sampleableTokens: vocabulary - 1, seed: 7 };
        await expectTwins(bench, logits, settingsOf(sampling, vocabulary, more), 6);
      }
      // The logits are as they were, to the bit.
      expect(await bench.bench.floats(bench.logits, vocabulary)).toEqual(logits);
    }
  }, portable),
);

test(
  'takes the lower id on ties, with all logits equal and all negative',
  withDevice(async (device) => {
    for (const logits of [new Float32Array(2500).fill(-3), gaussians(2500, 1).map((x) => Math.round(x) - 50)]) {
      const bench = await SamplerBench.create(device, logits, false);
      const settings = (sampling: Partial<Sampling>) => settingsOf(sampling, 2500, { alternatives: 20 });
      for (const sampling of [
        { mode: 'greedy' },
        {},
        { topK: 1 },
        { topK: 1100 },
        { topP: 0.5 },
        { topK: 64, topP: 0.3 },
      ])
        await expectTwins(bench, logits, settings(sampling as Partial<Sampling>), 4);
    }
  }, portable),
);

test(
  'cuts equal tokens exactly at top-k and top-p, lower ids kept',
  withDevice(async (device) => {
    const logits = new Float32Array(3000).fill(2);
    const bench = await SamplerBench.create(device, logits);
    bench.configure(settingsOf({ topK: 10 }, 3000));
    const ids = (await bench.tokens(60)).map(({ id }) => id);
    expect(Math.max(...ids)).toBeLessThan(10);
    expect(new Set(ids).size).toBeGreaterThan(7);
    bench.configure(settingsOf({ topK: 10, topP: 0.5 }, 3000));
    const nucleus = await bench.tokens(60);
    expect(Math.max(...nucleus.map(({ id }) => id))).toBe(4);
    for (const { sampledLogprob } of nucleus) expect(sampledLogprob).toBeCloseTo(Math.log(1 / 5), 5);
  }, portable),
);

test(
  'truncates alike whether few tokens lead, all of them in one chunk, or so many that none is left out',
  withDevice(async (device) => {
    const flat = gaussians(9001, 17, 0.02);
    // The 300 likeliest tokens stand side by side; steps of 0.02, some of them equal.
    const leading = flat.map((logit, id) => (id >= 500 && id < 800 ? 9 - Math.floor((id - 500) / 2) * 0.04 : logit));
    for (const [logits, software] of [
      [leading, true],
      [leading, false],
      [flat, true],
    ] as const) {
      const bench = await SamplerBench.create(device, logits, software);
      for (const sampling of [
        { topK: 20, topP: 0.95 },
        { topK: 250, topP: 0.6 },
        { topP: 0.5, minP: 0.5 },
        { topP: 0.99 },
        { minP: 0.3 },
      ])
        await expectTwins(bench, logits, settingsOf(sampling, 9001, { alternatives: 20 }), 3);
    }
  }, portable),
);

test(
  'never draws padding, nor names it as an alternative',
  withDevice(async (device) => {
    const logits = gaussians(1500, 3);
    logits.fill(30, 1400);
    const bench = await SamplerBench.create(device, logits);
    for (const sampling of [{ mode: 'greedy' }, {}, { topK: 5 }] as Partial<Sampling>[]) {
      const settings = settingsOf(sampling, 1500, { sampleableTokens: 1400, alternatives: 20 });
      for (const token of await expectTwins(bench, logits, settings, 5)) {
        expect(token.id).toBeLessThan(1400);
        for (const { id } of token.alternatives) expect(id).toBeLessThan(1400);
      }
    }
  }, portable),
);

test(
  'reports logits that are NaN or infinite, and leaves a valid id',
  withDevice(async (device) => {
    for (const [at, value] of [
      [1200, NaN],
      [3, Infinity],
    ]) {
      const logits = gaussians(1300, 4);
      logits[at] = value;
      const bench = await SamplerBench.create(device, logits);
      for (const sampling of [{ mode: 'greedy' }, {}, { topK: 5, topP: 0.9 }] as Partial<Sampling>[]) {
        bench.configure(settingsOf(sampling, 1300));
        const [record] = await bench.draw(1);
        expect(() => decodeRecord(record, bench.sampler)).toThrow(EngineError);
        const [position, tokens, id] = await bench.bench.words(bench.bench.context.step, 3);
        expect([position > 0, tokens, id < 1300]).toEqual([true, 1, true]);
      }
    }
    // −∞ is a token that is never drawn, not an error.
    const logits = new Float32Array([-Infinity, 1, -Infinity, 2]);
    const bench = await SamplerBench.create(device, logits);
    await expectTwins(bench, logits, settingsOf({}, 4, { alternatives: 4 }), 20);
  }, portable),
);

test(
  'moves the step on and counts the answer',
  withDevice(async (device) => {
    const logits = gaussians(100, 9);
    const bench = await SamplerBench.create(device, logits);
    bench.configure(settingsOf({}, 100, { prompt: [4, 5] }));
    bench.bench.setStep(40, [1, 2, 3]);
    const ids = (await bench.tokens(3)).map(({ id }) => id);
    // Three tokens of the prompt, then one at a time.
    expect([...(await bench.bench.words(bench.bench.context.step, 3))]).toEqual([45, 1, ids[2]]);
    const counts = await bench.bench.words(bench.sampler.counts, 100);
    for (let id = 0; id < 100; id++) {
      const times = ids.filter((other) => other === id).length;
      expect(counts[id]).toBe((id === 4 || id === 5 ? 0x80000000 : 0) + times);
    }
  }, portable),
);

test(
  'gives the same tokens for the same seed, others for another, in two launches',
  withDevice(async (device) => {
    const logits = gaussians(2000, 11);
    const bench = await SamplerBench.create(device, logits);
    const draw = async (seed: number, sampling: Partial<Sampling> = {}) => {
      bench.configure(settingsOf(sampling, 2000, { seed }));
      return (await bench.tokens(12)).map(({ id }) => id);
    };
    const first = await draw(1);
    expect(bench.dispatches).toBe(2);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
    // Cutting nothing off takes the other path and gives the same.
    expect(await draw(1, { topK: 2000 })).toEqual(first);
    expect(bench.dispatches).toBe(2);
    await draw(1, { mode: 'greedy', topK: 5, topP: 0.5 });
    expect(bench.dispatches).toBe(2);
  }, portable),
);

test(
  'draws from the distribution that it should: χ² of the race and of a truncated chain',
  withDevice(async (device) => {
    const probabilities = [0.3, 0.25, 0.2, 0.1, 0.08, 0.05, 0.02];
    const logits = Float32Array.from([...probabilities.map(Math.log), -Infinity]);
    const bench = await SamplerBench.create(device, logits);
    for (const [sampling, expected] of [
      [{}, probabilities],
      [{ topK: 4 }, probabilities.map((p, id) => (id < 4 ? p / 0.85 : 0))],
    ] as [Partial<Sampling>, number[]][]) {
      bench.configure(settingsOf(sampling, 8, { seed: 99 }));
      const counts = new Array<number>(8).fill(0);
      const draws = 'topK' in sampling ? 1000 : 3000;
      for (const { id } of await bench.tokens(draws)) counts[id]++;
      const degrees = expected.filter((p) => p > 0).length - 1;
      expect(chiSquared(counts, [...expected, 0])).toBeLessThan(chiSquaredLimit(degrees));
    }
  }, portable),
);

test(
  'adds biases, holds back repeats and forgets beyond windows as its twin does, in one launch more',
  withDevice(async (device) => {
    const dry = { dryMultiplier: 0.8, dryAllowedLength: 1 };
    const windows = { ...penalties, repetitionWindow: 7, presenceWindow: 3 };
    const table: [Partial<Sampling>, Partial<SamplerSettings>, launches: number][] = [
      [{}, { bias: [{ id: 2, bias: 3 }, { id: 0, bias: -100 }] }, 2], // prettier-ignore
      [{ topK: 4, ...penalties }, { bias: [{ id: 1, bias: 1.5 }] }, 2], // prettier-ignore
      [dry, {}, 3],
      [{ ...dry, mode: 'greedy', dryWindow: 9 }, {}, 3],
      [{ ...dry, dryBase: 1, topP: 0.9 }, { breakers: { single: new Set([1, 40]), sequences: new Map() } }, 3],
      [{ ...dry, ...windows, temperature: 1.4 }, { bias: [{ id: 3, bias: -1 }] }, 3],
      [windows, { answer: [4, 4, 2, 1, 0, 3] }, 3],
      [{ ...penalties, presenceWindow: 1 }, {}, 3],
      [{ ...penalties, repetitionWindow: 100_000 }, { answer: [1] }, 3],
    ];
    for (const [vocabulary, software] of [
      [6, true],
      [2000, false],
    ] as const) {
      // Few tokens stand out, so that passages do repeat.
      const logits = gaussians(vocabulary, 5, 1).map((logit, id) => (id < 6 ? logit : logit - 9));
      const bench = await SamplerBench.create(device, logits, software);
      for (const [sampling, more, launches] of table) {
        const settings = settingsOf(sampling, vocabulary, {
          prompt: [0, 1, 2, 2, 1, 2, 3, 0, 1, 2],
          alternatives: 2,
          ...more,
        });
        await expectTwins(bench, logits, settings, 12);
        expect([bench.sampler.chain, bench.dispatches]).toEqual([null, launches]);
      }
      await expectTwins(bench, logits, settingsOf({}, vocabulary), 4);
      expect(bench.dispatches).toBe(2);
    }
  }, portable),
);

test(
  'hands to the CPU what no kernel knows',
  withDevice(async (device) => {
    const bench = await SamplerBench.create(device, gaussians(50, 1));
    const sequences = new Map([[1, [[2]]]]);
    for (const [sampling, more] of [
      [{ typicalP: 0.5 }, {}],
      [{ topP: 0.5, temperature: 2, order: ['topP', 'temperature'] }, {}],
      [{ dryMultiplier: 1 }, { breakers: { single: new Set<number>(), sequences } }],
      [{ dryMultiplier: 1, dryBase: 1.01 }, {}],
    ] as [Partial<Sampling>, Partial<SamplerSettings>][]) {
      bench.configure(settingsOf(sampling, 50, more));
      expect([bench.sampler.chain === null, bench.dispatches]).toEqual([false, 0]);
    }
  }, portable),
);

test(
  'serves the vocabulary of Qwen3 on a device without extras',
  withDevice(async (device) => {
    const logits = gaussians(151_936, 21, 2);
    const bench = await SamplerBench.create(device, logits);
    for (const [sampling, alternatives] of [
      [{ mode: 'greedy' }, 3],
      [{}, 0],
      [{ temperature: 0.7, topK: 20, topP: 0.8 }, 20],
      [{ topP: 0.95, minP: 0.01, ...penalties }, 0],
    ] as [Partial<Sampling>, number][]) {
      const settings = settingsOf(sampling, 151_936, { sampleableTokens: 151_669, alternatives, prompt: [5, 6, 7] });
      await expectTwins(bench, logits, settings, 2);
    }
  }, portable),
);
