// Attention of a single token in one kernel (norms, RoPE, cache write, split context) and its merge, against the CPU twins.
import { expect, test } from 'vitest';
import { attention as twin } from '../../engine/cpu/attention.ts';
import { qkNormRope } from '../../engine/cpu/qkNormRope.ts';
import { attends, attention, attentionSplits } from '../../engine/gpu/decode/attention.ts';
import { createAttendedRow } from '../../engine/gpu/decode/quantizedRow.ts';
import type { KvType } from '../../engine/format/memoryNeeds.ts';
import { ropeFrequencies } from '../../engine/qwen3/rope.ts';
import { withDevice } from '../support/gpu.ts';
import { fetched, stored } from '../support/kvCache.ts';
import { gaussians, KernelBench, relativeError } from '../support/kernels.ts';
import { expectRow, readRow } from '../support/quantizedRows.ts';

interface Shape {
  group: number;
  kvHeadCount: number;
  headDim: number;
  position: number;
  type: KvType;
  /** Default: a few more than position. */
  contextLength?: number;
}

const epsilon = 1e-6;

function rope(contextLength: number, headDim: number) {
  const { frequencies } = ropeFrequencies(headDim, 1e4, null);
  const angles = (of: (angle: number) => number) =>
    Float32Array.from({ length: (contextLength * headDim) / 2 }, (_, i) =>
      of(Math.floor(i / frequencies.length) * frequencies[i % frequencies.length]),
    );
  return { cos: angles(Math.cos), sin: angles(Math.sin) };
}

/** Runs both, from a cache full of numbers also beyond the position. */
async function runBoth(
  device: GPUDevice,
  shape: Shape,
  change: (qkv: Float32Array, keys: Float32Array) => void = () => {},
) {
  const { group, kvHeadCount, headDim, position, type, contextLength = position + 3 } = shape;
  const bench = new KernelBench(device, { software: false, maxTokens: 1 });
  bench.setStep(position, [0]);
  const headCount = group * kvHeadCount;
  const size = contextLength * kvHeadCount * headDim;
  const numbers = { keys: gaussians(size, 2), values: gaussians(size, 3) };
  const qkvValues = gaussians((headCount + 2 * kvHeadCount) * headDim, 1, 2);
  change(qkvValues, numbers.keys);
  const held = { keys: stored(type, numbers.keys, headDim), values: stored(type, numbers.values, headDim) };
  const before = { keys: held.keys.values, values: held.values.values };
  const norms = { q: gaussians(headDim, 4), k: gaussians(headDim, 5), epsilon };
  const table = rope(contextLength, headDim);

  const cache = bench.kvLayer(kvHeadCount, headDim, contextLength, type);
  expect(attends(cache)).toBe(true);
  for (const name of ['keys', 'values'] as const)
    device.queue.writeBuffer(cache[name].buffer, 0, held[name].bytes as Uint8Array<ArrayBuffer>);
  const output = createAttendedRow(bench.context, { headCount, headDim, splits: attentionSplits });
  const heads = {
    qkv: bench.tensor(qkvValues.length, qkvValues),
    q: bench.vector(norms.q),
    k: bench.vector(norms.k),
    epsilon,
    rope: bench.ropeTable(table.cos, table.sin, headDim),
    step: bench.context.step,
  };
  // Again and again, since a launch leaves counts and empty words to the next.
  const launch = attention(heads, cache, output);
  await bench.run([launch, launch, launch], 1);

  const after = { keys: before.keys.slice(), values: before.values.slice() };
  const attended = new Float32Array(headCount * headDim);
  const twinShape = { headCount, kvHeadCount, headDim };
  if (position < contextLength) {
    qkNormRope(qkvValues, 1, twinShape, norms, table, position, after);
    twin(qkvValues, 1, twinShape, position, after, attended);
  }
  return { bench, cache, output, attended, before, after };
}

// Few shapes, since a software adapter takes seconds to compile one: positions change nothing about the pipeline. Around 32
// and 64: the last keys of a half and of a tile, and the first of the next; at 2100 the splits have more than a tile.
const [small, grouped, wide, rounded, blocks] = [
  { group: 1, kvHeadCount: 2, headDim: 64, type: 'f32' },
  { group: 2, kvHeadCount: 2, headDim: 16, type: 'f16' },
  { group: 8, kvHeadCount: 1, headDim: 128, type: 'f16' },
  { group: 8, kvHeadCount: 2, headDim: 128, type: 'q8' },
  { group: 12, kvHeadCount: 2, headDim: 48, type: 'f16' },
] as const;
const usual = { group: 4, kvHeadCount: 1, headDim: 80, type: 'f32', position: 70 } as const;

test.each<Shape>([
  { ...small, position: 0 },
  { ...small, position: 5 },
  { ...grouped, position: 5 },
  { ...usual, position: 31 },
  { ...usual, position: 32 },
  { ...usual, position: 40 },
  { ...usual, position: 63 },
  { ...usual, position: 64 },
  { ...usual, position: 300 },
  { ...usual, position: 2100, contextLength: 2101 },
  { ...wide, position: 300 },
  { ...wide, position: 600 },
  { ...rounded, position: 0 },
  { ...rounded, position: 300 },
  { ...blocks, position: 0 },
  { ...blocks, position: 40 },
  { ...blocks, position: 600 },
])('equals its twins: $group × $kvHeadCount heads of $headDim at $position, $type', async (shape) => {
  // prettier-ignore
  await withDevice(async (device) => {
    const { group, kvHeadCount, headDim, position, type } = shape;
    const headCount = group * kvHeadCount;
    const { bench, cache, output, attended, before, after } = await runBoth(device, shape);
    await expectRow(bench, output, attended, 1, 2e-5);
    // For the next launch: nothing of what the workgroups left to one another.
    const left = (await bench.words(output.buffer)).subarray(output.partsAt, output.partsAt + headCount * attentionSplits * (headDim + 2));
    expect(left.every((word) => word === 0)).toBe(true);
    const [from, to] = [position, position + 1].map((entry) => entry * kvHeadCount * headDim);
    for (const name of ['keys', 'values'] as const) {
      const words = await bench.words(cache[name].buffer);
      const held = fetched(type, words, headDim, before[name].length);
      const tolerance = { f32: 2e-6, f16: 6e-4, q8: 4.1e-3 }[type];
      expect(relativeError(held.subarray(from, to), after[name].subarray(from, to)), name).toBeLessThan(tolerance);
      expect(held.subarray(0, from), name).toEqual(before[name].subarray(0, from));
      expect(held.subarray(to), name).toEqual(before[name].subarray(to));
    }
  })();
});

test(
  'scores of any size do not overflow',
  withDevice(async (device) => {
    const { bench, output, attended } = await runBoth(device, usual, (_qkv, keys) => keys.forEach((key, i) => (keys[i] = 300 * key))); // prettier-ignore
    await expectRow(bench, output, attended, 1, 1e-3);
  }),
);

test(
  'a NaN in q, or in a single key, reaches the output',
  withDevice(async (device) => {
    for (const change of [
      (qkv: Float32Array) => qkv.fill(NaN, 0, 4 * 80),
      (_qkv: Float32Array, keys: Float32Array) => keys.fill(NaN, 33 * 80 + 1, 33 * 80 + 2),
    ]) {
      const { bench, output } = await runBoth(device, usual, change);
      expect((await readRow(bench, output)).values.every(Number.isNaN)).toBe(true);
    }
  }),
);

test(
  'a step past the end of the context leaves the cache as it is',
  withDevice(async (device) => {
    const { bench, cache, before } = await runBoth(device, { ...usual, contextLength: 70 });
    expect(await bench.floats(cache.keys.buffer)).toEqual(before.keys);
    expect(await bench.floats(cache.values.buffer)).toEqual(before.values);
  }),
);

test('only heads that the lanes can share out are taken', () => {
  const layer = { kvHeadCount: 1, contextLength: 8, type: 'f32' } as Parameters<typeof attends>[0];
  const taken = [16, 48, 64, 80, 128].map((headDim) => attends({ ...layer, headDim }));
  const left = [8, 24, 100, 144, 256].map((headDim) => attends({ ...layer, headDim }));
  expect([...taken, ...left]).toEqual([...Array<boolean>(5).fill(true), ...Array<boolean>(5).fill(false)]);
});
