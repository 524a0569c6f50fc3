import { expect, test } from 'vitest';
import { rmsNorm as twin } from '../../engine/cpu/rmsNorm.ts';
import { rmsNorm } from '../../engine/gpu/ops/rmsNorm.ts';
import { withDevice } from '../support/gpu.ts';
import { gaussians, KernelBench, relativeError } from '../support/kernels.ts';

test.each([
  [1, 1, true],
  [64, 3, true],
  [133, 5, false],
  [1500, 2, false],
])('equals its twin: width %i, %i tokens, software %s', async (width, tokens, software) => {
  await withDevice(async (device) => {
    const bench = new KernelBench(device, { software });
    const values = gaussians(width * tokens, 1, 3);
    const weight = gaussians(width, 2);
    const input = bench.tensor(width, values);
    const output = bench.tensor(width, undefined, { sentinel: 7 });
    await bench.run(rmsNorm(bench.context, input, bench.vector(weight), 1e-6, output), tokens);
    const expected = new Float32Array(width * tokens);
    twin(values, weight, 1e-6, width, tokens, expected);
    const all = await bench.floats(output.buffer);
    expect(relativeError(all.slice(0, width * tokens), expected)).toBeLessThan(1e-6);
    expect(all.slice(width * tokens).every((value) => value === 7)).toBe(true);
  })();
});

test(
  'gives the vector of spec 1.5, and 0 for zeros',
  withDevice(async (device) => {
    const bench = new KernelBench(device);
    const row = Float32Array.from({ length: 128 }, (_, i) => (((7 * i) % 13) - 6) / 4);
    const weight = Float32Array.from({ length: 128 }, (_, i) => 1 + ((i % 5) - 2) / 8);
    const values = new Float32Array(256);
    values.set(row);
    const output = bench.tensor(128);
    await bench.run(rmsNorm(bench.context, bench.tensor(128, values), bench.vector(weight), 1e-6, output), 2);
    const y = await bench.floats(output.buffer);
    for (const [i, value] of [
      [0, -1.2053685],
      [1, 0.2343772],
      [2, -1.3392983],
      [63, 1.8080527],
      [127, -0.2678597],
    ])
      expect(y[i]).toBeCloseTo(value, 6);
    expect(y.slice(128, 256).every((value) => value === 0)).toBe(true);
  }),
);

test(
  'normalises one row of a tensor of extent last, whatever the number of tokens',
  withDevice(async (device) => {
    const bench = new KernelBench(device);
    const values = gaussians(32, 5);
    const weight = gaussians(32, 6);
    const input = bench.tensor(32, values, { extent: 'last' });
    const output = bench.tensor(32, undefined, { extent: 'last' });
    await bench.run(rmsNorm(bench.context, input, bench.vector(weight), 1e-6, output), 9);
    const expected = new Float32Array(32);
    twin(values, weight, 1e-6, 32, 1, expected);
    expect(relativeError(await bench.floats(output.buffer), expected)).toBeLessThan(1e-6);
  }),
);
