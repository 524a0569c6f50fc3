// Whole models on the GPU back end: the reference checkpoints, random shapes, and the starter on both kinds of kernels.
import { describe, expect, test } from 'vitest';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend, type GpuBackendOptions } from '../../engine/gpu/gpuBackend.ts';
import { checkGolden, checkRandomModel, checkStarter, goldenNames } from '../support/modelChecks.ts';
import { randomModels } from '../support/randomModel.ts';
import { testGpu } from '../support/gpu.ts';

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
