// Kernels of tiles against their CPU twins, by integer dots, by floats, and by halves with lanes in the place of matrix units.
// On hardware all sizes of tiles are checked (tests/support/tileChecks.ts); here compiling them takes most of the time.
import { describe, expect, test } from 'vitest';
import { withDevice } from '../support/gpu.ts';
import { compareFeedForward, compareMatmul, type TileCase } from '../support/tileChecks.ts';

const cases: [string, TileCase, tolerance: number][] = [
  ['integer dots', { form: 'int8' }, 2e-5],
  ['halves', { form: 'halves' }, 2e-3],
  ['floats', { form: 'float' }, 2e-5],
];

describe('tiles', () => {
  test.each(cases)('matmul: %s', async (_, shape, tolerance) => {
    await withDevice(
      async (device) => {
        const { error, kernels } = await compareMatmul(device, {
          ...shape,
          type: 'Q6_K',
          rows: 148,
          columns: 256,
          tokens: 33,
        });
        expect(kernels).toContain('matmul_tiles');
        expect(error).toBeLessThan(tolerance);
      },
      { limits: 'adapter' },
    )();
  });

  test.each(cases)('routed feed-forward: %s', async (_, shape, tolerance) => {
    await withDevice(
      async (device) => {
        const { gateUp, down, kernels } = await compareFeedForward(device, { ...shape, experts: [5, 2], tokens: 33 });
        expect(kernels).toEqual(expect.arrayContaining(['gate_up_tiles', 'down_tiles', 'group_slots']));
        expect(gateUp).toBeLessThan(tolerance);
        expect(down).toBeLessThan(tolerance);
      },
      { limits: 'adapter' },
    )();
  });
});
