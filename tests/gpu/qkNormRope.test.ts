import { expect, test } from 'vitest';
import { qkNormRope as twin } from '../../engine/cpu/qkNormRope.ts';
import { qkNormRope } from '../../engine/gpu/ops/qkNormRope.ts';
import { withDevice } from '../support/gpu.ts';
import { fetched, stored } from '../support/kvCache.ts';
import { gaussians, KernelBench, relativeError } from '../support/kernels.ts';

function rope(contextLength: number, headDim: number) {
  const half = headDim / 2;
  const cos = new Float32Array(contextLength * half);
  const sin = new Float32Array(contextLength * half);
  for (let p = 0; p < contextLength; p++)
    for (let i = 0; i < half; i++) {
      const angle = p * 1e6 ** ((-2 * i) / headDim);
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  return { cos, sin };
}

const cases = [
  { headCount: 4, kvHeadCount: 2, headDim: 64, tokens: 1, position: 0, type: 'f32', software: true },
  { headCount: 6, kvHeadCount: 2, headDim: 80, tokens: 5, position: 3, type: 'f32', software: false },
  { headCount: 8, kvHeadCount: 1, headDim: 128, tokens: 3, position: 7, type: 'f32', software: true },
  { headCount: 3, kvHeadCount: 3, headDim: 10, tokens: 2, position: 4, type: 'f32', software: false },
  { headCount: 2, kvHeadCount: 1, headDim: 256, tokens: 2, position: 1, type: 'f16', software: false },
  { headCount: 4, kvHeadCount: 2, headDim: 6, tokens: 3, position: 2, type: 'f16', software: true },
  { headCount: 4, kvHeadCount: 2, headDim: 128, tokens: 3, position: 2, type: 'q8', software: false },
  { headCount: 2, kvHeadCount: 2, headDim: 80, tokens: 2, position: 1, type: 'q8', software: true },
  { headCount: 3, kvHeadCount: 1, headDim: 6, tokens: 2, position: 0, type: 'q8', software: true },
] as const;

test.each(cases)('equals its twin: $headCount/$kvHeadCount × $headDim, $tokens at $position, $type', async (shape) => {
  await withDevice(async (device) => {
    const { headCount, kvHeadCount, headDim, tokens, position, type, software } = shape;
    const contextLength = position + tokens + 2;
    const bench = new KernelBench(device, { software });
    bench.setStep(
      position,
      Array.from({ length: tokens }, () => 0),
    );
    const width = (headCount + 2 * kvHeadCount) * headDim;
    const values = gaussians(width * tokens, 1, 2);
    const norms = { q: gaussians(headDim, 2), k: gaussians(headDim, 3), epsilon: 1e-6 };
    const table = rope(contextLength, headDim);
    const qkv = bench.tensor(width, values, { sentinel: 9 });
    const cache = bench.kvLayer(kvHeadCount, headDim, contextLength, type);
    const weights = { q: bench.vector(norms.q), k: bench.vector(norms.k), epsilon: 1e-6 };
    const gpuTable = bench.ropeTable(table.cos, table.sin, headDim);
    await bench.run(qkNormRope(bench.context, qkv, weights, gpuTable, cache), tokens);

    const expected = values.slice();
    const size = contextLength * kvHeadCount * headDim;
    const arrays = { keys: new Float32Array(size), values: new Float32Array(size) };
    twin(expected, tokens, { headCount, kvHeadCount, headDim }, norms, table, position, arrays);
    const all = await bench.floats(qkv.buffer);
    expect(relativeError(all.slice(0, width * tokens), expected)).toBeLessThan(2e-6);
    expect(all.slice(width * tokens).every((value) => value === 9)).toBe(true);
    // k and v stay as they were, to the bit.
    for (let t = 0; t < tokens; t++) {
      const [from, to] = [t * width + headCount * headDim, (t + 1) * width];
      expect(all.slice(from, to)).toEqual(values.slice(from, to));
    }
    // An int8 that is one off would be 1/127 of its block's largest; half a step is rounding.
    const tolerance = { f32: 2e-6, f16: 1e-3, q8: 4.1e-3 }[type];
    for (const name of ['keys', 'values'] as const) {
      const held = fetched(type, await bench.words(cache[name].buffer), headDim, size);
      expect(relativeError(held, arrays[name]), name).toBeLessThan(tolerance);
    }
    if (type !== 'q8') return;
    // Values come to both alike, so they are rounded to the same bits.
    const { bytes } = stored(type, arrays.values, headDim);
    expect(new Uint8Array((await bench.words(cache.values.buffer)).buffer).slice(0, bytes.length)).toEqual(bytes);
  })();
});

test(
  'norms first and rotates half-split pairs: the vector of spec 1.5',
  withDevice(async (device) => {
    const bench = new KernelBench(device);
    bench.setStep(7, [0]);
    const row = Array.from({ length: 128 }, (_, i) => (((7 * i) % 13) - 6) / 4);
    const weight = Float32Array.from({ length: 128 }, (_, i) => 1 + ((i % 5) - 2) / 8);
    const qkv = bench.tensor(3 * 128, Float32Array.from([...row, ...row, ...row]));
    const norms = { q: bench.vector(weight), k: bench.vector(weight), epsilon: 1e-6 };
    const table = rope(8, 128);
    const cache = bench.kvLayer(1, 128, 8);
    const gpuTable = bench.ropeTable(table.cos, table.sin, 128);
    await bench.run(qkNormRope(bench.context, qkv, norms, gpuTable, cache), 1);
    const q = await bench.floats(qkv.buffer, 128);
    const k = (await bench.floats(cache.keys.buffer)).slice(7 * 128);
    for (const [i, value] of [
      [0, -0.90873],
      [1, -0.534381],
      [64, -0.791911],
      [127, -0.267844],
    ]) {
      expect(q[i]).toBeCloseTo(value, 5);
      expect(k[i]).toBeCloseTo(value, 5);
    }
  }),
);

test(
  'a step past the end of the context leaves the cache alone',
  withDevice(async (device) => {
    const bench = new KernelBench(device);
    bench.setStep(4, [0]);
    const qkv = bench.tensor(3 * 8, gaussians(24, 1));
    const ones = new Float32Array(8).fill(1);
    const norms = { q: bench.vector(ones), k: bench.vector(ones), epsilon: 1e-6 };
    const table = rope(4, 8);
    const cache = bench.kvLayer(1, 8, 4);
    await bench.run(qkNormRope(bench.context, qkv, norms, bench.ropeTable(table.cos, table.sin, 8), cache), 1);
    expect((await bench.floats(cache.keys.buffer)).every((value) => value === 0)).toBe(true);
    expect((await bench.floats(cache.values.buffer)).every((value) => value === 0)).toBe(true);
  }),
);
