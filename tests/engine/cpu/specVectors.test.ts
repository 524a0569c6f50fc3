// The reference vectors of spec 1.5 on the CPU twins.
import { describe, expect, test } from 'vitest';
import { qkNormRope } from '../../../engine/cpu/qkNormRope.ts';
import { rmsNorm } from '../../../engine/cpu/rmsNorm.ts';
import { chooseExperts } from '../../../engine/cpu/router.ts';
import { ropeFrequencies } from '../../../engine/qwen3/rope.ts';

const D = 128;
const input = Float32Array.from({ length: D }, (_, i) => (((7 * i) % 13) - 6) / 4);
const weight = Float32Array.from({ length: D }, (_, i) => 1 + ((i % 5) - 2) / 8);

/** q and k of one head each through the fused twin at position 7, theta 1e6. */
function throughRope(head: Float32Array, q: Float32Array, k: Float32Array) {
  const { frequencies } = ropeFrequencies(D, 1e6, null);
  const cos = new Float32Array(8 * frequencies.length);
  const sin = new Float32Array(8 * frequencies.length);
  frequencies.forEach((frequency, i) => {
    cos[7 * frequencies.length + i] = Math.cos(7 * frequency);
    sin[7 * frequencies.length + i] = Math.sin(7 * frequency);
  });
  const qkv = Float32Array.from([...head, ...head, ...head]);
  const cache = { keys: new Float32Array(8 * D), values: new Float32Array(8 * D) };
  const shape = { headCount: 1, kvHeadCount: 1, headDim: D };
  qkNormRope(qkv, 1, shape, { q, k, epsilon: 1e-6 }, { cos, sin }, 7, cache);
  return { query: qkv.slice(0, D), key: cache.keys.slice(7 * D), value: cache.values.slice(7 * D) };
}

describe('spec 1.5', () => {
  test('RMSNorm', () => {
    const output = new Float32Array(D);
    rmsNorm(input, weight, 1e-6, D, 1, output);
    const expected = { 0: -1.2053685, 1: 0.2343772, 2: -1.3392983, 63: 1.8080527, 127: -0.2678597 };
    for (const [i, value] of Object.entries(expected)) expect(output[Number(i)]).toBeCloseTo(value, 6);
  });

  test('norm, then RoPE; queries with their weight, keys with theirs, values untouched', () => {
    const { query, key, value } = throughRope(input, weight, new Float32Array(D).fill(2));
    const expected = { 0: -0.90873, 1: -0.534381, 64: -0.791911, 127: -0.267844 };
    for (const [i, number] of Object.entries(expected)) expect(query[Number(i)]).toBeCloseTo(number, 5);
    expect(key[1]).not.toBeCloseTo(query[1], 2);
    expect(value).toEqual(input);
  });

  test('RoPE alone', () => {
    const ramp = Float32Array.from({ length: D }, (_, i) => i / D);
    // Weights that undo the norm leave the rotation.
    const root = Math.sqrt(ramp.reduce((sum, x) => sum + x * x, 0) / D + 1e-6);
    const undo = new Float32Array(D).fill(root);
    const { query } = throughRope(ramp, undo, undo);
    const expected = {
      0: -0.3284933,
      1: 0.3104509,
      31: 0.2357314,
      63: 0.4921789,
      64: 0.3769511,
      65: 0.4019388,
      95: 0.7442632,
      127: 0.9921918,
    };
    for (const [i, number] of Object.entries(expected)) expect(query[Number(i)]).toBeCloseTo(number, 6);
  });

  test('router', () => {
    const logits = Float32Array.from([0.5, -1, 2, 0.25, 1.5, -0.5, 1.875, -3]);
    const route = { expertIds: new Uint32Array(3), expertWeights: new Float32Array(3) };
    const rule = { expertCount: 8, expertsUsed: 3, normalize: true, scale: 1 };
    chooseExperts(logits, rule, route, 0);
    expect([...route.expertIds]).toEqual([2, 6, 4]);
    [0.4017633, 0.3545549, 0.2436818].forEach((w, k) => expect(route.expertWeights[k]).toBeCloseTo(w, 6));
    chooseExperts(logits, { ...rule, normalize: false }, route, 0);
    [0.3306286, 0.2917787, 0.2005364].forEach((w, k) => expect(route.expertWeights[k]).toBeCloseTo(w, 6));
  });

  test('router: lower id on ties, all negative, NaN stays in range, scale is exact', () => {
    const route = { expertIds: new Uint32Array(2), expertWeights: new Float32Array(2) };
    const rule = { expertCount: 4, expertsUsed: 2, normalize: true, scale: 1 };
    chooseExperts(Float32Array.from([-5, -2, -2, -9]), rule, route, 0);
    expect([...route.expertIds]).toEqual([1, 2]);
    expect([...route.expertWeights]).toEqual([0.5, 0.5]);
    chooseExperts(Float32Array.from([-5, -2, -2, -9]), { ...rule, scale: 2.5 }, route, 0);
    expect([...route.expertWeights]).toEqual([1.25, 1.25]);
    chooseExperts(Float32Array.from([1, NaN, 2, 3]), rule, route, 0);
    expect([...route.expertIds]).toEqual([0, 1]);
  });
});
