import { expect, test } from 'vitest';
import { chooseExperts } from '../../engine/cpu/router.ts';
import { routerTopk } from '../../engine/gpu/ops/routerTopk.ts';
import { withDevice } from '../support/gpu.ts';
import { gaussians, KernelBench, relativeError } from '../support/kernels.ts';

interface Rule {
  normalize: boolean;
  scale: number;
}

async function route(bench: KernelBench, rows: Float32Array, expertCount: number, expertsUsed: number, rule: Rule) {
  const tokens = rows.length / expertCount;
  const logits = bench.tensor(expertCount, rows);
  const chosen = bench.route(expertsUsed, expertCount);
  await bench.run(routerTopk(bench.context, logits, rule, chosen), tokens);
  const count = tokens * expertsUsed;
  return { ids: await bench.words(chosen.ids, count), weights: await bench.floats(chosen.weights, count) };
}

function expected(rows: Float32Array, expertCount: number, expertsUsed: number, rule: Rule) {
  const tokens = rows.length / expertCount;
  const count = tokens * expertsUsed;
  const arrays = { expertIds: new Uint32Array(count), expertWeights: new Float32Array(count) };
  for (let t = 0; t < tokens; t++)
    chooseExperts(
      rows.subarray(t * expertCount, (t + 1) * expertCount),
      { expertCount, expertsUsed, ...rule },
      arrays,
      t * expertsUsed,
    );
  return arrays;
}

const cases = [
  { experts: 8, used: 2, normalize: true, scale: 1, software: true },
  { experts: 16, used: 4, normalize: true, scale: 1, software: false },
  { experts: 37, used: 5, normalize: false, scale: 2.5, software: true },
  { experts: 128, used: 8, normalize: true, scale: 2.5, software: false },
  { experts: 512, used: 32, normalize: false, scale: 1, software: false },
  { experts: 5, used: 5, normalize: true, scale: 1, software: true },
];

test.each(cases)('equals its twin: $used of $experts, normalize $normalize, scale $scale', async (shape) => {
  const { experts, used, software, ...rule } = shape;
  await withDevice(async (device) => {
    const bench = new KernelBench(device, { software });
    const rows = gaussians(experts * 6, 4, 2);
    rows.fill(-2.5, experts, 2 * experts);
    for (let e = 0; e < experts; e++) {
      rows[2 * experts + e] = -50 - (e % 3);
      rows[3 * experts + e] = Math.round(rows[3 * experts + e]);
    }
    rows[4 * experts + 1] = NaN;
    rows[5 * experts] = Infinity;
    const { ids, weights } = await route(bench, rows, experts, used, rule);
    const twin = expected(rows, experts, used, rule);
    expect(ids).toEqual(twin.expertIds);
    expect(relativeError(weights, twin.expertWeights)).toBeLessThan(2e-6);
  })();
});

test(
  'gives the vector of spec 1.5',
  withDevice(async (device) => {
    const bench = new KernelBench(device);
    const z = new Float32Array([0.5, -1, 2, 0.25, 1.5, -0.5, 1.875, -3]);
    const plain = await route(bench, z, 8, 3, { normalize: false, scale: 1 });
    expect([...plain.ids]).toEqual([2, 6, 4]);
    const renormalised = await route(bench, z, 8, 3, { normalize: true, scale: 1 });
    [0.3306286, 0.2917787, 0.2005364].forEach((p, k) => expect(plain.weights[k]).toBeCloseTo(p, 6));
    [0.4017633, 0.3545549, 0.2436818].forEach((p, k) => expect(renormalised.weights[k]).toBeCloseTo(p, 6));
    // The scale multiplies exactly, with and without renormalisation.
    const scaled = await route(bench, z, 8, 3, { normalize: true, scale: 2.5 });
    expect(scaled.weights).toEqual(renormalised.weights.map((weight) => weight * 2.5));
  }),
);
