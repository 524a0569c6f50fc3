import { expect, test } from 'vitest';
import { gumbelNoise, pcgHash, raceBits, raceKeys } from '../../../engine/generate/random.ts';
import { chiSquared, chiSquaredLimit } from '../../support/chiSquared.ts';

test('the noise is finite at both ends of u', () => {
  expect(gumbelNoise(0)).toBeCloseTo(-2.81, 2);
  expect(gumbelNoise(0xffffffff)).toBeCloseTo(16.64, 2);
});

test('PCG matches an exact evaluation in big integers', () => {
  for (const value of [0, 1, 2, 12345, 0x7fffffff, 0xffffffff]) {
    const mask = 0xffffffffn;
    const state = (BigInt(value) * 747796405n + 2891336453n) & mask;
    const word = (((state >> ((state >> 28n) + 4n)) ^ state) * 277803737n) & mask;
    expect(BigInt(pcgHash(value))).toBe((word >> 22n) ^ word);
  }
});

test.each([
  ['tokens of a step', (i: number) => raceBits(i, raceKeys(5, 3))],
  ['steps of a token', (i: number) => raceBits(7, raceKeys(5, i))],
  ['seeds', (i: number) => raceBits(7, raceKeys(i, 3))],
])('bits are uniform over %s', (_, bits) => {
  for (const shift of [9, 17, 24]) {
    const counts = new Array<number>(256).fill(0);
    for (let i = 0; i < 100_000; i++) counts[(bits(i) >>> shift) & 255]++;
    expect(chiSquared(counts, new Array<number>(256).fill(1 / 256))).toBeLessThan(chiSquaredLimit(255));
  }
});

test('steps and seeds don’t repeat each other', () => {
  const keys = new Set<string>();
  for (let seed = 0; seed < 100; seed++) for (let step = 0; step < 100; step++) keys.add(raceKeys(seed, step).join());
  expect(keys.size).toBe(10_000);
});
