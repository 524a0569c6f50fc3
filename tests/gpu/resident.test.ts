// Resident layers, a phase at a time, against the kernels of single tokens and the CPU twin.
import { expect, test } from 'vitest';
import { generate } from '../../engine/generate/generate.ts';
import { CpuBackend } from '../../engine/cpu/cpuBackend.ts';
import { neutralSampling } from '../../engine/generate/sampling.ts';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import type { GpuProgram } from '../../engine/gpu/program.ts';
import { loadModel, type Qwen3Model } from '../../engine/qwen3/model.ts';
import { testGpu } from '../support/gpu.ts';
import { relativeError } from '../support/kernels.ts';
import { quantizeModel } from '../support/quantizedModel.ts';
import { randomModel } from '../support/randomModel.ts';

const tokens = [5, 42, 79, 11, 7, 180, 3];
/** The kernel is long: a software adapter takes its time to compile it, more so on a busy machine. */
const patience = 300_000;

const config = {
  vocabularySize: 200,
  hiddenSize: 96,
  headCount: 4,
  kvHeadCount: 2,
  headDim: 64,
  expertCount: 6,
  expertsUsed: 3,
  expertIntermediateSize: 64,
  contextLength: 64,
};
const mixed = (name: string) =>
  /attn_v|ffn_down|output|token_embd/.test(name) ? ('Q8_0' as const) : ('Q4_0' as const);

/** @param directKeys of the grid; null: the kernels of single tokens */
async function openBackend(directKeys: number | null): Promise<GpuBackend> {
  const opened = await openDevice(testGpu(), { software: true });
  if (!opened) throw new Error('no adapter');
  opened.features.software = false;
  const grid = directKeys === null ? null : { workgroups: 5, subgroup: 4 as const, looks: 1, directKeys };
  return GpuBackend.open(opened, { maxTokens: 1, activations: 'int8', kv: 'f16', resident: grid });
}

function runPhased({ step }: Qwen3Model): void {
  const program = step as GpuProgram;
  const { resident } = program;
  if (!resident) throw new Error('The model does not fit.');
  program.resident = { ...resident, program: resident.phased };
}

test.each([
  ['every head at once', 64],
  ['keys shared out from the fourth token on', 3],
])(
  '%s',
  async (_, directKeys) => {
    const { checkpoint } = quantizeModel(randomModel(config), mixed);
    const backends = [await openBackend(directKeys), await openBackend(null), new CpuBackend()];
    try {
      const models = [];
      for (const backend of backends) {
        const model = await loadModel(checkpoint, backend, { contextLength: 64 });
        const sampling = { ...neutralSampling, mode: 'greedy' as const, maxTokens: 1 };
        backend.configureSampler(model.sampler, { sampling, seed: 0, sampleableTokens: 200, prompt: [], alternatives: 0, experts: true }); // prettier-ignore
        models.push(model);
      }
      runPhased(models[0]);
      let close = 0;
      for (const [position, token] of tokens.entries()) {
        const results = [];
        for (const [i, backend] of backends.entries()) {
          backend.setTokens([token], position);
          await backend.run(models[i].step, 1);
          const { experts } = await backend.sampled(models[i].sampler);
          results.push({ experts, logits: await backend.read(models[i].logits, 1) });
        }
        const [actual, ordinary, expected] = results;
        // The sums run in another order; where that tips a rounding to int8, the logits show it.
        const error = relativeError(actual.logits, ordinary.logits);
        expect(error, `position ${position}`).toBeLessThan(0.01);
        if (error < 1e-4) close++;
        expect(relativeError(actual.logits, expected.logits), `position ${position}`).toBeLessThan(0.02);
        expect(actual.experts?.ids).toEqual(ordinary.experts?.ids);
        expect(relativeError(actual.experts!.weights, ordinary.experts!.weights)).toBeLessThan(1e-3);
      }
      expect(close).toBeGreaterThan(tokens.length / 2);
    } finally {
      for (const backend of backends) backend.destroy();
    }
  },
  patience,
);

// A software adapter runs workgroups one after another and a word is looked at once: the first step gives up.
test('a step that gives up is computed again by the kernels of single tokens', { timeout: patience }, async () => {
  const { checkpoint } = quantizeModel(randomModel(config), mixed);
  const answers: number[][] = [];
  for (const directKeys of [64, null]) {
    const backend = await openBackend(directKeys);
    try {
      const model = await loadModel(checkpoint, backend, { contextLength: 64 });
      const resident = directKeys !== null;
      expect((model.step as GpuProgram).resident !== null).toBe(resident);
      const sampling = { ...neutralSampling, temperature: 0.7, maxTokens: 6 };
      const tokens = generate({ backend, model, cachedTokens: [] }, [5, 42], {
        sampling,
        seed: 3,
        alternatives: 0,
        endTokenIds: new Set(),
        sampleableTokens: 200,
      });
      const ids: number[] = [];
      for await (const { id } of tokens) ids.push(id);
      answers.push(ids);
      expect((model.step as GpuProgram).resident).toBeNull();
      expect(backend.residentOff).toBe(resident ? 'they gave up' : null);
    } finally {
      backend.destroy();
    }
  }
  expect(answers[0]).toHaveLength(6);
  expect(answers[0]).toEqual(answers[1]);
});
