// Attention of the resident layers, with few keys and with keys shared out, against the CPU twins.
import { expect, test } from 'vitest';
import { withDevice } from '../support/gpu.ts';
import { relativeError } from '../support/kernels.ts';
import { attendedError, runResidentAttention } from '../support/residentAttention.ts';

// Subgroups of 4, as SwiftShader has: 4 teams a workgroup, 16 keys at once. From 130 keys on they are shared out to 2, 3 or 4 splits.
const grid = { workgroups: 9, subgroup: 4 as const, looks: 1, directKeys: 130 };
const patience = 300_000;
const grouped = { group: 8, kvHeadCount: 2, headDim: 64, contextLength: 1200, grid };
const odd = { group: 3, kvHeadCount: 1, headDim: 128, contextLength: 700, grid };

test.each([
  { ...grouped, positions: [0, 1, 31, 32, 127, 128, 129, 130, 191, 192, 255, 256, 511, 512, 513, 1198] },
  { ...odd, positions: [0, 5, 128, 129, 130, 575, 576, 690] },
  { group: 1, kvHeadCount: 3, headDim: 64, contextLength: 200, grid, positions: [0, 15, 16, 17, 129, 130, 199] },
  { group: 4, kvHeadCount: 1, headDim: 128, contextLength: 700, grid, positions: [16, 511, 512, 513] },
  { group: 5, kvHeadCount: 1, headDim: 80, contextLength: 200, grid, positions: [3, 130, 199] },
])(
  'equals its twins: $group × $kvHeadCount heads of $headDim',
  { timeout: patience },
  async ({ positions, ...shape }) => {
    await withDevice(async (device) => {
      for (const position of positions) {
        const result = await runResidentAttention(device, { ...shape, position });
        expect(result.tagged, `at ${position}`).toBe(true);
        expect(attendedError(result), `at ${position}`).toBeLessThan(3e-5);
        const { before, after, stored } = result;
        const [from, to] = [position, position + 1].map((entry) => entry * shape.kvHeadCount * shape.headDim);
        for (const name of ['keys', 'values'] as const) {
          expect(relativeError(stored[name].subarray(from, to), after[name].subarray(from, to)), name).toBeLessThan(6e-4); // prettier-ignore
          expect(stored[name].subarray(0, from), name).toEqual(before[name].subarray(0, from));
          expect(stored[name].subarray(to), name).toEqual(before[name].subarray(to));
        }
      }
    })();
  },
);

// With the pipeline of one of those.
const direct = { ...odd, position: 129 };
const shared = { ...odd, position: 640 };

test(
  'scores of any size do not overflow',
  withDevice(async (device) => {
    for (const shape of [direct, shared]) {
      const larger = (_qkv: Float32Array, keys: Float32Array) => keys.forEach((key, i) => (keys[i] = 300 * key));
      expect(attendedError(await runResidentAttention(device, shape, larger))).toBeLessThan(1e-3);
    }
  }),
);

test(
  'a NaN in q, or in a single key, reaches the output',
  withDevice(async (device) => {
    for (const shape of [direct, shared]) {
      const width = shape.headDim * shape.kvHeadCount;
      for (const change of [
        (qkv: Float32Array) => qkv.fill(NaN, 0, shape.group * shape.headDim),
        (_qkv: Float32Array, keys: Float32Array) => keys.fill(NaN, 33 * width + 1, 33 * width + 2),
      ]) {
        const { attended } = await runResidentAttention(device, shape, change);
        expect(attended.subarray(0, shape.group * shape.headDim).every(Number.isNaN)).toBe(true);
      }
    }
  }),
);

test(
  'a step past the end of the context leaves the cache as it is',
  withDevice(async (device) => {
    for (const shape of [direct, shared]) {
      const { before, stored } = await runResidentAttention(device, { ...shape, position: shape.contextLength });
      expect(stored).toEqual(before);
    }
  }),
);
