// Kernels of single tokens against the CPU twins, with inputs in the int8 form that the kernels read, so that only their own
// rounding counts: norms folded in, projections, residuals, experts. Attention is in decodeAttention.test.ts.
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../engine/backend/backend.ts';
import { down } from '../../engine/cpu/down.ts';
import { gateUp } from '../../engine/cpu/gateUp.ts';
import { matmul } from '../../engine/cpu/matmul.ts';
import { rmsNorm } from '../../engine/cpu/rmsNorm.ts';
import { chooseExperts } from '../../engine/cpu/router.ts';
import type { TensorType } from '../../engine/format/tensorTypes.ts';
import { project } from '../../engine/gpu/decode/attention.ts';
import * as expertLaunches from '../../engine/gpu/decode/experts.ts';
import { embed, foldNorm, residual } from '../../engine/gpu/decode/hidden.ts';
import { createQuantizedRow } from '../../engine/gpu/decode/quantizedRow.ts';
import { decodeExperts } from '../../engine/gpu/ops/recordExperts.ts';
import type { GpuMatrix } from '../../engine/gpu/types.ts';
import { readBuffer, withDevice } from '../support/gpu.ts';
import { gaussians, KernelBench, relativeError } from '../support/kernels.ts';
import { expectFolded, expectRow, readRow, writeFolded, writeRow } from '../support/quantizedRows.ts';
import { randomActivations, randomWeights, testBackend, upload, type RandomWeights } from '../support/randomWeights.ts';

const epsilon = 1e-6;

/** Weights of a norm, around 1. */
const normWeights = (width: number, seed = 5): Float32Array => gaussians(width, seed, 0.2).map((value) => 1 + value);

function onHardware(body: (bench: KernelBench, put: (weights: RandomWeights) => Promise<GpuMatrix>) => Promise<void>) {
  return withDevice(async (device) => {
    const backend = await testBackend(device, { hardware: true });
    const put = async (weights: RandomWeights): Promise<GpuMatrix> => (await upload(backend, weights)) as GpuMatrix;
    await body(new KernelBench(device, { software: false, maxTokens: 1 }), put);
  });
}

test.each([256, 512, 160, 50])('fold_norm: hidden of %i', (width) =>
  onHardware(async (bench) => {
    const [hidden, weight] = [randomActivations(width), normWeights(width)];
    hidden.fill(0, 16, 32);
    const norm = { weight: bench.vector(weight), epsilon };
    const folded = createQuantizedRow(bench.context, 'folded', width);
    await bench.run([foldNorm(bench.tensor(width, hidden), norm, folded)], 1);
    await expectFolded(bench, folded, hidden, weight);
  })(),
);

test.each<[TensorType, number]>([
  ['Q4_K', 512],
  ['Q6_K', 256],
  ['F16', 50],
])('embed: %s, hidden of %i', (type, width) =>
  onHardware(async (bench, put) => {
    const table = randomWeights(type, 40, width);
    const matrix = await put(table);
    const norm = { weight: bench.vector(normWeights(width)), epsilon };
    const folded = createQuantizedRow(bench.context, 'folded', width);
    const hidden = bench.tensor(width, new Float32Array(0), { sentinel: 77 });
    // The last one is beyond the table.
    for (const id of [0, 17, 39, 1000]) {
      bench.setStep(3, [id]);
      await bench.run([embed(bench.context, matrix, hidden, norm, folded)], 1);
      const row = Math.min(id, 39) * width;
      const expected = table.values.slice(row, row + width);
      expect(relativeError(await bench.floats(hidden.buffer, width), expected)).toBeLessThan(1e-6);
      await expectFolded(bench, folded, expected, normWeights(width));
    }
  })(),
);

test.each<[number, [TensorType, rows: number][]]>([
  [256, [['Q4_K', 37]]],
  [
    512,
    [
      ['Q4_K', 48],
      ['Q4_K', 16],
      ['Q6_K', 20],
    ],
  ],
  [
    256,
    [
      ['Q6_K', 33],
      ['Q4_K', 7],
    ],
  ],
  [
    160,
    [
      ['Q8_0', 16],
      ['Q4_0', 50],
      ['Q5_1', 17],
    ],
  ],
])('project: hidden of %i, matrices %j', (width, shapes) =>
  // prettier-ignore
  onHardware(async (bench, put) => {
    const [hidden, weight] = [randomActivations(width), normWeights(width)];
    const { row, normed } = writeFolded(bench, hidden, weight, epsilon);
    // Two words lie before the products, and one after each.
    const stride = shapes.reduce((sum, [, rows]) => sum + rows + 1, 2);
    const output = bench.tensor(stride, new Float32Array(0), { sentinel: 77 });
    const expected = new Float32Array(stride).fill(77);
    const matrices: { matrix: GpuMatrix; column: number }[] = [];
    let column = 2;
    for (const [i, [type, rows]] of shapes.entries()) {
      const weights = randomWeights(type, rows, width, 1, i + 1);
      matrices.push({ matrix: await put(weights), column });
      matmul(weights.values, rows, width, normed, 1, expected, { stride, column });
      column += rows + 1;
    }
    const norm = { weight: bench.vector(weight), epsilon };
    await bench.run([project(bench.context, row, norm, matrices, output)], 1);
    expect(relativeError(await bench.floats(output.buffer, stride), expected)).toBeLessThan(1e-5);
  })(),
);

test.each<[TensorType, rows: number, columns: number]>([
  ['Q4_K', 256, 512],
  ['Q6_K', 72, 256],
  ['Q5_0', 50, 96],
])('residual: %s [%i, %i]', (type, rows, columns) =>
  onHardware(async (bench, put) => {
    const weights = randomWeights(type, rows, columns);
    const { row, rounded } = writeRow(bench, randomActivations(columns));
    const [before, weight] = [randomActivations(rows, 9), normWeights(rows)];
    const hidden = bench.tensor(rows, before);
    const folded = createQuantizedRow(bench.context, 'folded', rows);
    const next = { weight: bench.vector(weight), epsilon };
    await bench.run([residual(bench.context, row, await put(weights), hidden, next, folded)], 1);
    const expected = before.slice();
    matmul(weights.values, rows, columns, rounded, 1, expected, { accumulate: true });
    expect(relativeError(await bench.floats(hidden.buffer, rows), expected)).toBeLessThan(1e-5);
    await expectFolded(bench, folded, expected, weight);
  })(),
);

test.each([
  [8, 256],
  [16, 512],
  [37, 100],
  [1, 64],
])('router: %i experts, hidden of %i', (experts, width) =>
  onHardware(async (bench, put) => {
    const [hidden, weight] = [randomActivations(width), normWeights(width)];
    const weights = randomWeights('F32', experts, width);
    const { row } = writeFolded(bench, hidden, weight, epsilon);
    const norm = { weight: bench.vector(weight), epsilon };
    const logits = bench.tensor(experts, new Float32Array(0), { sentinel: 77 });
    await bench.run([expertLaunches.router(bench.tensor(width, hidden), norm, row, await put(weights), logits)], 1);
    // The norm of what the router reads is not rounded to int8.
    const [normed, expected] = [new Float32Array(width), new Float32Array(experts)];
    rmsNorm(hidden, weight, epsilon, width, 1, normed);
    matmul(weights.values, experts, width, normed, 1, expected);
    const all = await bench.floats(logits.buffer);
    expect(relativeError(all.subarray(0, experts), expected)).toBeLessThan(1e-5);
    expect(all.subarray(experts).every((value) => value === 77)).toBe(true);
  })(),
);

interface Experts {
  count: number;
  used: number;
  normalize?: boolean;
  scale?: number;
}

interface FeedForward {
  gate: TensorType;
  up: TensorType;
  down: TensorType;
  hidden: number;
  intermediate: number;
  experts: Experts | null;
  /** Several, to go through the same pipelines. */
  logits?: Float32Array[];
}

/** Gate and up, then down on the row that they left. */
async function compareFeedForward(
  bench: KernelBench,
  put: (weights: RandomWeights) => Promise<Matrix>,
  shape: FeedForward,
) {
  const { hidden: width, intermediate, experts } = shape;
  const { count, used, normalize = true, scale = 1 } = experts ?? { count: 1, used: 1 };
  const weights = {
    gate: randomWeights(shape.gate, intermediate, width, count, 3),
    up: randomWeights(shape.up, intermediate, width, count, 4),
    down: randomWeights(shape.down, width, intermediate, count, 5),
  };
  const [gate, up, downs] = (await Promise.all([put(weights.gate), put(weights.up), put(weights.down)])) as GpuMatrix[];
  const [before, weight] = [randomActivations(width), normWeights(width)];
  const { row, normed } = writeFolded(bench, before, weight, epsilon);
  const norm = { weight: bench.vector(weight), epsilon };
  const rule = { normalize, scale };
  for (const values of shape.logits ?? [gaussians(count, 8, 2)]) {
    const choice = experts && {
      route: bench.route(used, count, 3),
      logits: { form: 'floats' as const, buffer: bench.buffer(values) },
      rule,
      layer: 2,
    };
    const activated = createQuantizedRow(bench.context, 'activated', intermediate, used);
    await bench.run([expertLaunches.gateUp(bench.context, row, norm, gate, up, choice, activated)], 1);

    const route = { expertIds: new Uint32Array(used), expertWeights: new Float32Array(used) };
    if (choice) {
      chooseExperts(values, { expertCount: count, expertsUsed: used, ...rule }, route, 0);
      const record = await readBuffer(bench.device, choice.route.record);
      const kept = decodeExperts(record, choice.route);
      expect([...kept.ids.subarray(2 * used)]).toEqual([...route.expertIds]);
      expect(relativeError(kept.weights.subarray(2 * used), route.expertWeights)).toBeLessThan(1e-5);
    }
    const twin = { intermediateSize: intermediate, hiddenSize: width, expertCount: count, expertsUsed: used };
    const products = new Float32Array(used * intermediate);
    gateUp(weights.gate.values, weights.up.values, twin, normed, 1, choice && route, products);
    await expectRow(bench, activated, products, used);

    const hidden = bench.tensor(width, before);
    const folded = createQuantizedRow(bench.context, 'folded', width);
    const { context } = bench;
    const launch = choice
      ? expertLaunches.down(context, activated, downs, choice, hidden, norm, folded)
      : residual(context, activated, downs, hidden, norm, folded);
    await bench.run([launch], 1);
    const expected = before.slice();
    down(weights.down.values, twin, (await readRow(bench, activated, used)).values, 1, choice && route, expected);
    expect(relativeError(await bench.floats(hidden.buffer, width), expected)).toBeLessThan(1e-5);
    await expectFolded(bench, folded, expected, weight);
  }
}

const kQuants = { gate: 'Q4_K', up: 'Q4_K', down: 'Q6_K', hidden: 256, intermediate: 256 } as const;
const blocks32 = { gate: 'Q8_0', up: 'Q5_1', down: 'Q4_0', hidden: 96, intermediate: 32 } as const;

/** Ties, negative infinities, and rows that cannot be ranked. */
const awkwardLogits = [
  new Float32Array(11).fill(-2.5),
  Float32Array.from([1, 3, 2, 3, 3, 2, 1, 3, 0, 3, 3]),
  gaussians(11, 2).fill(-Infinity, 0, 9),
  new Float32Array(11).fill(-Infinity),
  gaussians(11, 2).fill(NaN, 10),
  gaussians(11, 2).fill(Infinity, 3, 4),
  gaussians(11, 2).map((value) => value - 200),
];

describe('gate, up and down', () => {
  test.each<[string, FeedForward]>([
    ['2 of 8 experts', { ...kQuants, experts: { count: 8, used: 2 } }],
    ['8 of 16, hidden of 512', { ...kQuants, hidden: 512, experts: { count: 16, used: 8 } }],
    ['1 of 5, odd sizes, weights as they are', { ...blocks32, hidden: 160, intermediate: 96, experts: { count: 5, used: 1, normalize: false } }],
    ['all 8, scaled', { ...blocks32, experts: { count: 8, used: 8, scale: 2.5 } }],
    ['awkward logits', { ...blocks32, experts: { count: 11, used: 4 }, logits: awkwardLogits }],
    ['awkward logits, weights as they are, scaled', { ...blocks32, experts: { count: 11, used: 4, normalize: false, scale: 2.5 }, logits: awkwardLogits }],
    ['more experts than lanes', { ...blocks32, experts: { count: 300, used: 8 } }],
    ['dense', { ...kQuants, intermediate: 512, experts: null }],
    ['dense, odd sizes', { ...blocks32, hidden: 160, intermediate: 352, experts: null }],
  ])('%s', (_, shape) => onHardware((bench, put) => compareFeedForward(bench, put, shape))()); // prettier-ignore

  test(
    'a NaN in the hidden state reaches all that comes of it',
    onHardware(async (bench, put) => {
      const gate = await put(randomWeights('Q4_0', 16, 32));
      const [hidden, weight] = [randomActivations(32), normWeights(32)];
      hidden[5] = NaN;
      const norm = { weight: bench.vector(weight), epsilon };
      const folded = createQuantizedRow(bench.context, 'folded', 32);
      const activated = createQuantizedRow(bench.context, 'activated', 16);
      const state = bench.tensor(32, hidden);
      await bench.run(
        [
          foldNorm(state, norm, folded),
          expertLaunches.gateUp(bench.context, folded, norm, gate, gate, null, activated),
        ],
        1,
      );
      const { values } = await readRow(bench, activated);
      expect(values.every(Number.isNaN)).toBe(true);
    }),
  );
});
