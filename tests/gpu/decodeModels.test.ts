// Tiny quantised models, a token at a time through the kernels of single tokens, against the CPU back end on the same blocks.
import { expect, test } from 'vitest';
import type { Backend } from '../../engine/backend/backend.ts';
import { CpuBackend } from '../../engine/cpu/cpuBackend.ts';
import type { Qwen3Config } from '../../engine/format/checkpoint.ts';
import { neutralSampling } from '../../engine/generate/sampling.ts';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import { loadModel, type Qwen3Model } from '../../engine/qwen3/model.ts';
import { testGpu } from '../support/gpu.ts';
import { relativeError } from '../support/kernels.ts';
import { quantizeModel, type SimpleType } from '../support/quantizedModel.ts';
import { randomModel } from '../support/randomModel.ts';

const tokens = [5, 42, 79];

interface Loaded {
  backend: Backend;
  model: Qwen3Model;
}

/** As on hardware, on a software adapter; or with the general kernels alone. */
async function openBackend(hardware: boolean): Promise<GpuBackend> {
  const opened = await openDevice(testGpu(), { software: true });
  if (!opened) throw new Error('no adapter');
  opened.features.software = !hardware;
  return GpuBackend.open(opened, { maxTokens: 1, activations: 'int8' });
}

/** Draws greedily and reports the experts, so that the record is written. */
function reportExperts({ backend, model }: Loaded): void {
  const vocabulary = model.config.vocabularySize;
  const sampling = { ...neutralSampling, mode: 'greedy' as const, maxTokens: 1 };
  backend.configureSampler(model.sampler, { sampling, seed: 0, sampleableTokens: vocabulary, prompt: [], alternatives: 0, experts: true }); // prettier-ignore
}

async function step({ backend, model }: Loaded, token: number, position: number) {
  backend.setTokens([token], position);
  await backend.run(model.step, 1);
  const { experts } = await backend.sampled(model.sampler);
  return { logits: await backend.read(model.logits, 1), experts };
}

interface Case {
  config: Partial<Qwen3Config>;
  shape?: Parameters<typeof randomModel>[1];
  typeOf: (name: string) => SimpleType;
  /** Launches of a token; null: general kernels have a part in it. */
  launches: number | null;
}

const small: Partial<Qwen3Config> = {
  vocabularySize: 200,
  hiddenSize: 96,
  headCount: 4,
  kvHeadCount: 1,
  headDim: 32,
  expertIntermediateSize: 64,
  contextLength: 64,
};
const dense = { architecture: 'qwen3', expertCount: 0, expertsUsed: 0, intermediateSize: 160 } as const;
const mixed = (name: string): SimpleType => (/attn_v|ffn_down|output|token_embd/.test(name) ? 'Q8_0' : 'Q4_0');

const cases: [string, Case][] = [
  ['experts', { config: small, typeOf: mixed, launches: 2 * 5 + 4 }],
  [
    '2 of 60 experts, hidden of 160',
    { config: { ...small, hiddenSize: 160, expertCount: 60, expertsUsed: 2 }, shape: { seed: 3 }, typeOf: mixed, launches: 2 * 5 + 4 },
  ],
  [
    'a hidden state of more tiles than the words of a logit have room for',
    { config: { ...small, hiddenSize: 4096, vocabularySize: 80, expertCount: 4, expertIntermediateSize: 32 }, typeOf: mixed, launches: 2 * 6 + 4 },
  ],
  [
    'a dense first layer, a tied head; 3 of 6 experts, weights as they are, scaled',
    {
      config: { ...small, intermediateSize: 160, expertCount: 6, expertsUsed: 3, normalizeExpertWeights: false, routedScale: 2.5 },
      shape: { denseLayers: [0], tied: true, seed: 2 },
      typeOf: mixed,
      launches: 2 * 5 + 4,
    },
  ],
  ['F32 in some places', { config: small, typeOf: (name) => (/0.attn_k.w|0.ffn_up|1.ffn_down|1.attn_output|^output/.test(name) ? 'F32' : 'Q4_0'), launches: null }],
  ['dense, F32 all over', { config: { ...small, ...dense }, typeOf: () => 'F32', launches: null }],
  ['dense, heads that only the general kernels take', { config: { ...small, ...dense, headDim: 24 }, typeOf: mixed, launches: null }],
]; // prettier-ignore

test.each(cases)('%s', async (_, { config, shape, typeOf, launches }) => {
  const { checkpoint } = quantizeModel(randomModel(config, shape), typeOf);
  const [backend, generalBackend] = [await openBackend(true), await openBackend(false)];
  try {
    const load = async (on: Backend) => ({
      backend: on,
      model: await loadModel(checkpoint, on, { contextLength: 64 }),
    });
    const [gpu, cpu, general] = [await load(backend), await load(new CpuBackend()), await load(generalBackend)];
    if (launches !== null) expect(gpu.model.step.dispatches).toBe(launches);
    for (const loaded of [gpu, cpu, general]) reportExperts(loaded);
    for (const [position, token] of tokens.entries()) {
      const [actual, expected] = [await step(gpu, token, position), await step(cpu, token, position)];
      expect(relativeError(actual.logits, expected.logits), `position ${position}`).toBeLessThan(0.02);
      // Rounding to int8 is nearly all of that: other kernels that round so come much closer.
      const { logits } = await step(general, token, position);
      expect(relativeError(actual.logits, logits), `position ${position}, general`).toBeLessThan(1e-3);
      expect(actual.experts?.ids, `position ${position}`).toEqual(expected.experts?.ids);
      if (actual.experts) expect(relativeError(actual.experts.weights, expected.experts!.weights)).toBeLessThan(0.05);
    }
  } finally {
    backend.destroy();
    generalBackend.destroy();
  }
});
