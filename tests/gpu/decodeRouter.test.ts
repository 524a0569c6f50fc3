// The router inside the output projection of single tokens, from attention's row to the experts' products, against the CPU twins: shares
// of logits in fixed point, the choice that gate and up make of them, and down, which empties them.
import { describe, expect, test } from 'vitest';
import { gateUp } from '../../engine/cpu/gateUp.ts';
import { matmul } from '../../engine/cpu/matmul.ts';
import { rmsNorm } from '../../engine/cpu/rmsNorm.ts';
import { chooseExperts } from '../../engine/cpu/router.ts';
import * as launches from '../../engine/gpu/decode/experts.ts';
import { addsLogits, residual } from '../../engine/gpu/decode/hidden.ts';
import { createQuantizedRow } from '../../engine/gpu/decode/quantizedRow.ts';
import { decodeExperts } from '../../engine/gpu/ops/recordExperts.ts';
import { decodeRouterWords, routerWordsOf } from '../../engine/gpu/routerWords.ts';
import type { GpuMatrix } from '../../engine/gpu/types.ts';
import { readBuffer, withDevice } from '../support/gpu.ts';
import { gaussians, KernelBench, relativeError } from '../support/kernels.ts';
import { expectFolded, expectRow, readRow, writeRow } from '../support/quantizedRows.ts';
import { randomActivations, randomWeights, testBackend, upload, type RandomWeights } from '../support/randomWeights.ts';

const epsilon = 1e-6;
const attended = 512;

interface Shape {
  experts: number;
  used: number;
  hidden: number;
  intermediate: number;
  normalize?: boolean;
  scale?: number;
}

interface Routed {
  /** Before the output projection. */
  hidden?: (values: Float32Array) => void;
  router?: (values: Float32Array) => void;
}

/** All matrices of a layer behind its attention, on the device. */
async function layerOf(device: GPUDevice, shape: Shape, { hidden: change, router: changeRouter }: Routed = {}) {
  const { experts, used, hidden, intermediate, normalize = true, scale = 1 } = shape;
  const backend = await testBackend(device, { hardware: true });
  const put = async (weights: RandomWeights) => (await upload(backend, weights)) as GpuMatrix;
  const bench = new KernelBench(device, { software: false, maxTokens: 1 });
  const router = randomWeights('F32', experts, hidden, 1, 7);
  if (changeRouter) {
    changeRouter(router.values);
    router.bytes.set(new Uint8Array(router.values.buffer));
  }
  const output = randomWeights('Q5_0', hidden, attended, 1, 2);
  const { row, rounded } = writeRow(bench, randomActivations(attended));
  const before = randomActivations(hidden, 9);
  change?.(before);
  const after = before.slice();
  matmul(output.values, hidden, attended, rounded, 1, after, { accumulate: true });
  const norm = gaussians(hidden, 5, 0.2).map((value) => 1 + value);
  const [gate, up, down] = [3, 4].map((seed) => randomWeights('Q8_0', intermediate, hidden, experts, seed)).concat(randomWeights('Q4_0', hidden, intermediate, experts, 5)); // prettier-ignore
  const words = bench.buffer(new Uint32Array(routerWordsOf(experts)));
  const next = { weight: bench.vector(norm), epsilon };
  const folded = createQuantizedRow(bench.context, 'folded', hidden);
  const state = bench.tensor(hidden, before);
  const routerMatrix = await put(router);
  const outputMatrix = await put(output);
  const rule = { normalize, scale };
  const choice: launches.ExpertChoice = {
    route: bench.route(used, experts, 3),
    logits: { form: 'words', buffer: words },
    rule,
    layer: 2,
  };
  return {
    bench,
    put,
    weights: { router, gate, up, down },
    norm,
    next,
    folded,
    state,
    before,
    after,
    words,
    choice,
    rule,
    residual: () => residual(bench.context, row, outputMatrix, state, next, folded, { weight: routerMatrix, words }),
    logits: async () => decodeRouterWords(await bench.words(words), experts),
  };
}

/** weight · (hidden ⊙ norm), which the rms is still to be multiplied into. */
function expectedLogits(router: Float32Array, experts: number, hidden: Float32Array, norm: Float32Array): Float32Array {
  const logits = new Float32Array(experts);
  matmul(router, experts, hidden.length, hidden.map((value, i) => value * norm[i]), 1, logits); // prettier-ignore
  return logits;
}

test.each([
  [6, 96],
  [60, 160],
  [128, 512],
  [1, 50],
  [300, 272],
])('residual and router: %i experts, hidden of %i', (experts, hidden) =>
  withDevice(async (device) => {
    const layer = await layerOf(device, { experts, used: 1, hidden, intermediate: 32 });
    const { bench, weights, norm, folded, state, after } = layer;
    await bench.run([layer.residual()], 1);
    expect(relativeError(await bench.floats(state.buffer, hidden), after)).toBeLessThan(1e-5);
    await expectFolded(bench, folded, after, norm);
    const expected = expectedLogits(weights.router.values, experts, after, norm);
    expect(relativeError(await layer.logits(), expected)).toBeLessThan(1e-5);
    // To what is there it adds.
    bench.device.queue.writeBuffer(state.buffer, 0, after.map((value) => -value)); // prettier-ignore
    await bench.run([layer.residual()], 1);
    const added = expectedLogits(weights.router.values, experts, await bench.floats(state.buffer, hidden), norm);
    expect(relativeError(await layer.logits(), added.map((value, e) => value + expected[e]))).toBeLessThan(1e-4); // prettier-ignore
  })(),
);

test('words are the same in every run, whatever the order of additions', () =>
  withDevice(async (device) => {
    const { bench, residual, state, words } = await layerOf(device, { experts: 60, used: 1, hidden: 512, intermediate: 32 }); // prettier-ignore
    const before = await bench.floats(state.buffer);
    const runs: Uint32Array[] = [];
    for (let i = 0; i < 5; i++) {
      device.queue.writeBuffer(state.buffer, 0, before as Float32Array<ArrayBuffer>);
      device.queue.writeBuffer(words, 0, new Uint32Array(words.size / 4));
      await bench.run([residual()], 1);
      runs.push(await bench.words(words));
    }
    for (const run of runs) expect(run).toEqual(runs[0]);
  })());

test('shares are clamped, and what is not a number is the lowest', () =>
  withDevice(async (device) => {
    const hidden = 32;
    const layer = await layerOf(
      device,
      { experts: 6, used: 1, hidden, intermediate: 32 },
      {
        router(values) {
          values.set([NaN], 0);
          values.set([Infinity], hidden);
          values.fill(3e38, 2 * hidden, 3 * hidden);
          values.fill(-1e7, 3 * hidden, 4 * hidden);
        },
      },
    );
    await layer.bench.run([layer.residual()], 1);
    const logits = await layer.logits();
    const expected = expectedLogits(layer.weights.router.values, 6, layer.after, layer.norm);
    // Two tiles: one of them is all right.
    for (const expert of [0, 1]) expect(logits[expert]).toBeLessThan(-(2 ** 19) + 100);
    for (const logit of logits.subarray(2, 4)) expect(Math.abs(logit)).toBeLessThanOrEqual(2 ** 20);
    expect(relativeError(logits.subarray(4), expected.subarray(4))).toBeLessThan(1e-5);
  })());

describe('from the output projection to down', () => {
  const odd = { hidden: 96, intermediate: 64 };
  test.each<[string, Shape]>([
    ['3 of 6 experts', { ...odd, experts: 6, used: 3 }],
    ['4 of 60, hidden of 160', { experts: 60, used: 4, hidden: 160, intermediate: 32 }],
    ['8 of 128, hidden of 512', { experts: 128, used: 8, hidden: 512, intermediate: 32 }],
    ['8 of 300, more than lanes', { ...odd, experts: 300, used: 8 }],
    ['all 7, weights as they are, scaled', { ...odd, experts: 7, used: 7, normalize: false, scale: 2.5 }],
    ['2 of 11, weights as they are', { ...odd, experts: 11, used: 2, normalize: false }],
  ])('%s', (_, shape) =>
    withDevice(async (device) => {
      const { experts, used, hidden, intermediate } = shape;
      const layer = await layerOf(device, shape);
      const { bench, put, weights, norm, next, folded, after, choice, rule, words } = layer;
      const { context } = bench;
      const [gate, up, down] = [await put(weights.gate), await put(weights.up), await put(weights.down)];
      const activated = createQuantizedRow(context, 'activated', intermediate, used);
      const normed = new Float32Array(hidden);
      rmsNorm(after, norm, epsilon, hidden, 1, normed);
      const logits = new Float32Array(experts);
      matmul(weights.router.values, experts, hidden, normed, 1, logits);
      const route = { expertIds: new Uint32Array(used), expertWeights: new Float32Array(used) };
      chooseExperts(logits, { expertCount: experts, expertsUsed: used, ...rule }, route, 0);
      // Layer after layer through the same words: each finds them empty.
      for (let i = 0; i < 3; i++) {
        bench.device.queue.writeBuffer(layer.state.buffer, 0, layer.before as Float32Array<ArrayBuffer>);
        await bench.run([layer.residual()], 1);
        const { values: rounded } = await readRow(bench, folded);
        const scale = 1 / Math.sqrt(after.reduce((sum, value) => sum + value * value, 0) / hidden + epsilon);
        await bench.run([launches.gateUp(context, folded, next, gate, up, choice, activated)], 1);
        const kept = decodeExperts(await readBuffer(device, choice.route.record), choice.route);
        expect([...kept.ids.subarray(2 * used)]).toEqual([...route.expertIds]);
        expect(relativeError(kept.weights.subarray(2 * used), route.expertWeights)).toBeLessThan(1e-4);
        const products = new Float32Array(used * intermediate);
        const twin = { intermediateSize: intermediate, hiddenSize: hidden, expertCount: experts, expertsUsed: used };
        gateUp(weights.gate.values, weights.up.values, twin, rounded.map((value) => value * scale), 1, route, products); // prettier-ignore
        await expectRow(bench, activated, products, used);
        await bench.run([launches.down(context, activated, down, choice, layer.state, next, folded)], 1);
        expect((await bench.words(words)).every((word) => word === 0)).toBe(true);
      }
    })(),
  );

  test.each<[string, Routed, ids: number[] | null]>([
    ['NaN in the hidden state', { hidden: (values) => (values[40] = NaN) }, [0, 1, 2]],
    ['infinity in the hidden state', { hidden: (values) => (values[95] = -Infinity) }, [0, 1, 2]],
    ['equal rows, lower ids first', { router: (values) => values.copyWithin(96, 0, 96).copyWithin(192, 0, 192).copyWithin(384, 0, 192) }, [0, 1, 2]],
    ['rows that are no numbers come last', { router: (values) => values.fill(NaN, 0, 96).fill(Infinity, 2 * 96, 3 * 96).fill(-Infinity, 3 * 96, 4 * 96) }, null],
  ])('%s', (name, change, ids) =>
    withDevice(async (device) => {
      const shape = { ...odd, experts: 6, used: 3 };
      const layer = await layerOf(device, shape, change);
      const { bench, put, weights, next, folded, choice } = layer;
      const [gate, up] = [await put(weights.gate), await put(weights.up)];
      const activated = createQuantizedRow(bench.context, 'activated', shape.intermediate, shape.used);
      await bench.run([layer.residual(), launches.gateUp(bench.context, folded, next, gate, up, choice, activated)], 1);
      const kept = decodeExperts(await readBuffer(device, choice.route.record), choice.route);
      const chosen = [...kept.ids.subarray(2 * shape.used)];
      if (ids) expect(chosen).toEqual(ids);
      else expect(chosen.sort()).toEqual([1, 4, 5]);
      const shares = [...kept.weights.subarray(2 * shape.used)];
      if (ids) for (const share of shares) expect(share).toBeCloseTo(1 / shape.used, 6);
      else expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
      if (name.includes('hidden')) expect((await readRow(bench, activated, shape.used)).values.some(Number.isNaN)).toBe(true); // prettier-ignore
    })(),
  ); // prettier-ignore
});

test('as many tiles add to a logit as its words have room for', () => {
  const tensor = (width: number) => ({ width }) as Parameters<typeof addsLogits>[0];
  expect(addsLogits(tensor(4080))).toBe(true);
  expect(addsLogits(tensor(4096))).toBe(false);
});
