import { expect, test } from 'vitest';
import { attention as twin } from '../../engine/cpu/attention.ts';
import { attention, matricesMemory } from '../../engine/gpu/ops/attention.ts';
import { withDevice } from '../support/gpu.ts';
import { stored } from '../support/kvCache.ts';
import { gaussians, KernelBench, relativeError } from '../support/kernels.ts';

const cases = [
  { headCount: 4, kvHeadCount: 2, headDim: 64, tokens: 1, position: 0, type: 'f32', software: true },
  { headCount: 4, kvHeadCount: 2, headDim: 64, tokens: 1, position: 0, type: 'f32', software: false },
  { headCount: 8, kvHeadCount: 1, headDim: 128, tokens: 1, position: 150, type: 'f32', software: false },
  { headCount: 8, kvHeadCount: 2, headDim: 64, tokens: 1, position: 77, type: 'f16', software: true },
  { headCount: 6, kvHeadCount: 2, headDim: 80, tokens: 13, position: 60, type: 'f32', software: false },
  { headCount: 12, kvHeadCount: 1, headDim: 128, tokens: 7, position: 31, type: 'f16', software: false },
  { headCount: 4, kvHeadCount: 4, headDim: 6, tokens: 11, position: 5, type: 'f16', software: true },
  { headCount: 3, kvHeadCount: 1, headDim: 254, tokens: 3, position: 40, type: 'f32', software: false },
  { headCount: 2, kvHeadCount: 1, headDim: 256, tokens: 16, position: 0, type: 'f32', software: true },
  { headCount: 8, kvHeadCount: 2, headDim: 64, tokens: 1, position: 77, type: 'q8', software: true },
  { headCount: 6, kvHeadCount: 2, headDim: 80, tokens: 13, position: 60, type: 'q8', software: false },
  { headCount: 4, kvHeadCount: 4, headDim: 6, tokens: 11, position: 5, type: 'q8', software: true },
  // With the device's own limits: in tiles of 64 rows.
  { headCount: 8, kvHeadCount: 2, headDim: 64, tokens: 16, position: 60, type: 'f32', software: false, tiles: true },
  { headCount: 8, kvHeadCount: 1, headDim: 128, tokens: 10, position: 31, type: 'f16', software: false, tiles: true },
  { headCount: 10, kvHeadCount: 2, headDim: 64, tokens: 6, position: 0, type: 'f32', software: false, tiles: true },
  { headCount: 8, kvHeadCount: 1, headDim: 128, tokens: 10, position: 31, type: 'q8', software: false, tiles: true },
  // By matrix units, or here by lanes in their place: products of halves.
  { headCount: 8, kvHeadCount: 2, headDim: 128, tokens: 6, position: 40, type: 'f16', software: false, matrices: true },
  { headCount: 8, kvHeadCount: 2, headDim: 128, tokens: 6, position: 40, type: 'q8', software: false, matrices: true },
] as const;

test.for(cases)(
  'equals its twin: $headCount/$kvHeadCount × $headDim, $tokens at $position, $type, software $software',
  async ({ headCount, kvHeadCount, headDim, tokens, position, type, software, ...other }, { skip }) => {
    const tiles = 'tiles' in other;
    const matrices = 'matrices' in other;
    await withDevice(
      async (device) => {
        const memory = device.limits.maxComputeWorkgroupStorageSize;
        if (matrices && memory < matricesMemory) skip(`${memory} bytes of workgroup memory are too few`);
        const bench = new KernelBench(device, { software, ...(matrices && { matrices: 'lanes' }) });
        bench.setStep(
          position,
          Array.from({ length: tokens }, () => 0),
        );
        const contextLength = position + tokens + 3;
        const width = (headCount + 2 * kvHeadCount) * headDim;
        const values = gaussians(width * tokens, 1, 2);
        const size = contextLength * kvHeadCount * headDim;
        const held = {
          keys: stored(type, gaussians(size, 2), headDim),
          values: stored(type, gaussians(size, 3), headDim),
        };
        const qkv = bench.tensor(width, values);
        const output = bench.tensor(headCount * headDim);
        const cache = bench.kvLayer(kvHeadCount, headDim, contextLength, type);
        for (const name of ['keys', 'values'] as const) {
          device.queue.writeBuffer(cache[name].buffer, 0, held[name].bytes as Uint8Array<ArrayBuffer>);
        }
        const launches = attention(bench.context, qkv, cache, output);
        expect(launches.some(({ kernel }) => kernel.name === 'attention_tiles')).toBe(tiles);
        expect(launches.some(({ kernel }) => kernel.name === 'attention_matrices')).toBe(matrices);
        await bench.run(launches, tokens);
        const expected = new Float32Array(headCount * headDim * tokens);
        const arrays = { keys: held.keys.values, values: held.values.values };
        twin(values, tokens, { headCount, kvHeadCount, headDim }, position, arrays, expected);
        expect(relativeError(await bench.floats(output.buffer, expected.length), expected)).toBeLessThan(
          matrices ? 2e-3 : 5e-6,
        );
      },
      { limits: tiles || matrices ? 'adapter' : 'portable', subgroups: matrices },
    )();
  },
);

test(
  'large and equal scores: no overflow, the mean of the values',
  withDevice(async (device) => {
    const bench = new KernelBench(device, { software: false });
    bench.setStep(99, [0]);
    const [headDim, contextLength] = [64, 100];
    const cache = bench.kvLayer(1, headDim, contextLength);
    const values = gaussians(headDim * contextLength, 1);
    const keys = new Float32Array(headDim * contextLength).fill(100);
    device.queue.writeBuffer(cache.keys.buffer, 0, keys);
    device.queue.writeBuffer(cache.values.buffer, 0, values as Float32Array<ArrayBuffer>);
    const qkv = bench.tensor(3 * headDim, new Float32Array(3 * headDim).fill(1000));
    const output = bench.tensor(headDim);
    await bench.run(attention(bench.context, qkv, cache, output), 1);
    const mean = Float32Array.from({ length: headDim }, (_, i) => {
      let sum = 0;
      for (let u = 0; u < contextLength; u++) sum += values[u * headDim + i];
      return sum / contextLength;
    });
    expect(relativeError(await bench.floats(output.buffer, headDim), mean)).toBeLessThan(1e-5);
  }),
);
