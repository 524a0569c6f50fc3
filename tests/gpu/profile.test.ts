// The profile of a step: every launch is in it once, and the weights that it counts are those of the model.
import { expect, test } from 'vitest';
import { openDevice } from '../../engine/gpu/device.ts';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import { loadModel } from '../../engine/qwen3/model.ts';
import { testGpu } from '../support/gpu.ts';
import { quantizeModel } from '../support/quantizedModel.ts';
import { randomModel } from '../support/randomModel.ts';

test.each([true, false])('timestamps offered: %s', async (timestamps) => {
  const opened = await openDevice(testGpu(), { software: true });
  if (!opened) throw new Error('no adapter');
  expect(opened.device.features.has('timestamp-query')).toBe(true);
  if (!timestamps) Object.defineProperty(opened.device, 'features', { value: new Set() });
  const backend = await GpuBackend.open(opened, { maxTokens: 4, activations: 'int8' });
  try {
    const config = { vocabularySize: 64, contextLength: 16, expertCount: 4, expertsUsed: 2 };
    const { checkpoint } = quantizeModel(randomModel(config), () => 'Q4_0');
    const { step } = await loadModel(checkpoint, backend, { contextLength: 16 });
    const rows = await backend.profile(step, 1, 3);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(step.dispatches);
    for (const { microseconds, count, stepMicroseconds } of rows) {
      expect(microseconds).toBeGreaterThanOrEqual(0);
      expect(stepMicroseconds).toBeCloseTo(microseconds * count);
    }
    const read = rows.reduce((sum, { weightBytes, count }) => sum + weightBytes * count, 0);
    let [experts, others] = [0, 0];
    for (const [name, { shape }] of checkpoint.tensors) {
      const groups = Math.ceil(shape[shape.length - 1] / 256);
      const tiles = Math.ceil(shape[shape.length - 2] / 16);
      const bytes = (type: 'F32' | 'Q4_0') => tiles * 16 * groups * (type === 'F32' ? 1024 : 144);
      if (shape.length === 3) experts += shape[0] * bytes('Q4_0');
      else if (shape.length === 2 && name !== 'token_embd.weight')
        others += bytes(name.includes('gate_inp') ? 'F32' : 'Q4_0');
    }
    // Half of the experts; the table of embeddings is no matrix to multiply with, and norms are not counted.
    expect(read).toBeCloseTo(others + experts / 2);
  } finally {
    backend.destroy();
  }
});
