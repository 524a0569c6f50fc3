// Whole models on the GPU back end: the reference checkpoints, random shapes, and the starter on both kinds of kernels.
import { describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backend/backend.ts';
import { CpuBackend } from '../../engine/cpu/cpuBackend.ts';
import { allLogits } from '../../engine/generate/allLogits.ts';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend, type GpuBackendOptions } from '../../engine/gpu/gpuBackend.ts';
import { loadModel } from '../../engine/qwen3/model.ts';
import { checkGolden, checkRandomModel, checkStarter, goldenNames } from '../support/modelChecks.ts';
import { randomModel, randomModels } from '../support/randomModel.ts';
import { testGpu } from '../support/gpu.ts';
import { relativeError } from '../support/kernels.ts';

async function withBackend(options: GpuBackendOptions, body: (backend: GpuBackend) => Promise<void>): Promise<void> {
  const device = await openDevice(testGpu(), { software: true });
  if (!device) throw new Error('no adapter');
  const backend = await GpuBackend.open(device, options);
  try {
    await body(backend);
  } finally {
    backend.destroy();
  }
  expect.hasAssertions();
}

describe('on the GPU', () => {
  test.each(goldenNames)('%s: logits and greedy tokens of the reference checkpoint', (name) =>
    withBackend({ maxTokens: 16, activations: 'float' }, (backend) => checkGolden(name, backend)),
  );

  test.each(randomModels)('%s: equal to the naive reference', (_name, make) =>
    withBackend({ maxTokens: 8, activations: 'float' }, (backend) => checkRandomModel(make(), backend)),
  );

  // Rounding alike, both see the same numbers; only one whose nearest int8 hangs on the last bit of f32 may differ.
  test('a cache of q8 gives what the CPU gives with one', () =>
    withBackend({ maxTokens: 8, activations: 'float', kv: 'q8' }, async (backend) => {
      const { checkpoint } = randomModel({ headDim: 64 });
      const tokens = Array.from({ length: 20 }, (_, i) => (i * 37 + 5) % checkpoint.config.vocabularySize);
      const rows = async (on: Backend) => {
        const model = await loadModel(checkpoint, on, { contextLength: 64 });
        const found: Float32Array[] = [];
        for await (const row of allLogits({ backend: on, model, cachedTokens: [] }, tokens)) found.push(row);
        return found;
      };
      const [expected, found] = [await rows(new CpuBackend({ kv: 'q8' })), await rows(backend)];
      for (const [i, row] of found.entries())
        expect(relativeError(row, expected[i]), `position ${i}`).toBeLessThan(2e-3);
    }));

  // Float kernels are several times slower than integer arithmetic on a software adapter: logits only.
  test('the starter gives the logits of its goldens with float activations', { timeout: 300_000 }, () =>
    withBackend({ maxTokens: 64, activations: 'float' }, (backend) =>
      checkStarter(backend, 1e-3, { prompts: Infinity, answers: false }),
    ),
  );

  test('the starter gives its goldens with int8 activations', { timeout: 300_000 }, () =>
    withBackend({ maxTokens: 64, activations: 'int8' }, (backend) => checkStarter(backend, 2e-2)),
  );
});
