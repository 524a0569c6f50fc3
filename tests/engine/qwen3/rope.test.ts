import { describe, expect, test } from 'vitest';
import type { YarnConfig } from '../../../engine/format/checkpoint.ts';
import { ropeFrequencies } from '../../../engine/qwen3/rope.ts';

const yarn = (originalContext: number, factor: number): YarnConfig => ({
  factor,
  originalContext,
  betaFast: 32,
  betaSlow: 1,
  attentionFactor: null,
});

// The check values of spec 1.4: attention factor, then f_24, f_31, f_32, f_40, f_63.
describe('RoPE frequencies', () => {
  test('plain', () => {
    const { frequencies, attentionFactor } = ropeFrequencies(128, 1e6, null);
    expect(attentionFactor).toBe(1);
    expect(frequencies[32]).toBeCloseTo(1e-3, 12);
    expect(frequencies[63]).toBeCloseTo(1.240937761e-6, 14);
  });

  test.each([
    [
      1e6,
      yarn(32768, 4),
      1.138629436,
      [5.375321491e-3, 8.029597275e-4, 6.029411765e-4, 4.445698525e-5, 3.102344402e-7],
    ],
    [1e6, yarn(32768, 2), 1.069314718, [5.458018744e-3, 9.489524053e-4, 7.352941176e-4, 8.89139705e-5, 6.204688804e-7]],
    [
      1e7,
      yarn(262144, 4),
      1.138629436,
      [2.371373706e-3, 3.457752673e-4, 2.529822128e-4, 1.686786014e-5, 3.215992362e-8],
    ],
    [5e6, yarn(262144, 4), 1.138629436, [3.07529122e-3, 5.157442844e-4, 3.843241836e-4, 3.150108171e-5, 6.36269947e-8]],
  ] as const)('YaRN with theta %d, %o', (theta, config, factor, expected) => {
    const { frequencies, attentionFactor } = ropeFrequencies(128, theta, config);
    expect(attentionFactor).toBeCloseTo(factor, 8);
    [24, 31, 32, 40, 63].forEach((pair, i) => {
      expect(Math.abs(frequencies[pair] / expected[i] - 1), `f_${pair}`).toBeLessThan(1e-8);
    });
  });
});
