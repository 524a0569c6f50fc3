// The cache of keys and values in fewer bits: what rounding may cost, and the numbers that it must not lose.
import { expect, test } from 'vitest';
import { createKvRows } from '../../../engine/cpu/kvRows.ts';
import { kvRowBytes } from '../../../engine/format/memoryNeeds.ts';
import { gaussians } from '../../support/kernels.ts';

function throughCache(type: 'f16' | 'q8', values: Float32Array, headDim: number): Float32Array {
  const rows = createKvRows(type, values.length / headDim, headDim);
  rows.keep(values, 0, values.length / headDim);
  const back = new Float32Array(values.length);
  rows.fetch(back, values.length / headDim);
  return back;
}

const rms = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0) / values.length);
const rmsError = (back: Float32Array, values: Float32Array) => rms(back.map((x, i) => x - values[i])) / rms(values);

test('q8 is within half a step of its block of 32; half a percent of normal numbers, where f16 is 0.02 %', () => {
  const values = gaussians(128 * 64, 1);
  const back = throughCache('q8', values, 128);
  for (let block = 0; block < values.length; block += 32) {
    const inBlock = values.subarray(block, block + 32);
    // The scale is rounded up by at most one part in 128.
    const step = (Math.max(...inBlock.map(Math.abs)) / 127) * (1 + 1 / 128);
    for (let i = 0; i < 32; i++) expect(Math.abs(back[block + i] - inBlock[i])).toBeLessThanOrEqual(step / 2 + 1e-7);
  }
  expect(rmsError(back, values)).toBeLessThan(6e-3);
  expect(rmsError(throughCache('f16', values, 128), values)).toBeLessThan(3e-4);
});

test('a large number costs only its own block of 32', () => {
  const values = gaussians(128, 2);
  values[40] = 1000;
  const back = throughCache('q8', values, 128);
  expect(rmsError(back.subarray(64), values.subarray(64))).toBeLessThan(1e-2);
  expect(back[40]).toBeCloseTo(1000, -1);
});

test.each([6, 32, 80, 128])('rows of %i keep to themselves, in any order', (headDim) => {
  const values = gaussians(headDim * 3, 3);
  const rows = createKvRows('q8', 3, headDim);
  expect(rows.byteLength).toBe(3 * kvRowBytes('q8', headDim));
  for (const row of [2, 0, 1]) rows.keep(values, row, 1);
  const back = new Float32Array(values.length);
  rows.fetch(back, 3);
  expect(back).toEqual(throughCache('q8', values, headDim));
});

test.each(['f16', 'q8'] as const)(
  '%s: zeros stay zeros, NaN is not lost, tiny and huge numbers stay finite',
  (type) => {
    expect(throughCache(type, new Float32Array(32), 32)).toEqual(new Float32Array(32));
    const values = gaussians(64, 4);
    values[3] = NaN;
    expect(throughCache(type, values, 64).some(Number.isNaN)).toBe(true);
    for (const size of [1e-45, 1e-38, 1e-7, 1e30])
      expect(throughCache(type, gaussians(32, 5, size), 32).every(Number.isFinite)).toBe(true);
  },
);

test('f16 rounds to the nearest half, ties to even, subnormals included', () => {
  const values = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, -(2 ** -24), 1.5 * 2 ** -24, 65519, 1e6);
  expect([...throughCache('f16', values, 6)]).toEqual([1, 1 + 2 ** -9, -(2 ** -24), 2 ** -23, 65504, 65504]);
});
