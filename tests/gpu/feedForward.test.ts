// gate_up and down against their CPU twins: dense and routed, one token and many, odd sizes, split matrices.
import { describe, expect, test } from 'vitest';
import type { Route } from '../../engine/backend/backend.ts';
import { down } from '../../engine/cpu/down.ts';
import { gateUp } from '../../engine/cpu/gateUp.ts';
import type { TensorType } from '../../engine/format/tensorTypes.ts';
import type { GpuRoute } from '../../engine/gpu/types.ts';
import { withDevice } from '../support/gpu.ts';
import { randomNumbers } from '../support/randomModel.ts';
import {
  fill,
  randomActivations,
  randomWeights,
  testBackend,
  throughInt8,
  upload,
  worstDifference,
} from '../support/randomWeights.ts';

interface Case {
  gate: TensorType;
  up: TensorType;
  down: TensorType;
  activations: 'int8' | 'float';
  hidden: number;
  intermediate: number;
  /** Experts, and how many a token uses; null: dense. */
  experts: [count: number, used: number] | null;
  hardware?: boolean;
  bindingLimit?: number;
}

async function compare(device: GPUDevice, shape: Case) {
  const { hidden: hiddenSize, intermediate: intermediateSize, experts, activations, hardware = false } = shape;
  const [expertCount, expertsUsed] = experts ?? [1, 1];
  const limit = shape.bindingLimit ? { bindingLimit: shape.bindingLimit } : {};
  const backend = await testBackend(device, { activations, hardware, ...limit });
  const weights = {
    gate: randomWeights(shape.gate, intermediateSize, hiddenSize, expertCount, 3),
    up: randomWeights(shape.up, intermediateSize, hiddenSize, expertCount, 4),
    down: randomWeights(shape.down, hiddenSize, intermediateSize, expertCount, 5),
  };
  const [gate, up, downs] = [
    await upload(backend, weights.gate),
    await upload(backend, weights.up),
    await upload(backend, weights.down),
  ];
  const input = backend.createTensor('input', hiddenSize);
  const products = backend.createTensor('products', intermediateSize, 'tokens', expertsUsed);
  const hidden = backend.createTensor('hidden', hiddenSize);
  const route: Route | null = experts ? backend.createRoute(expertsUsed, expertCount) : null;
  const first = await backend.record('gateUp', (ops) => ops.gateUp(input, gate, up, route, products));
  const second = await backend.record('down', (ops) => ops.down(products, downs, route, hidden));
  const worst = { gateUp: 0, down: 0 };
  // One token; one slot at a time; grouped by expert.
  for (const tokens of [1, 3, 11]) {
    const x = randomActivations(tokens * hiddenSize);
    const residual = randomActivations(tokens * hiddenSize, 9);
    const random = randomNumbers(tokens);
    const choices = Uint32Array.from({ length: tokens * expertsUsed }, (_, slot) =>
      slot % expertsUsed === 0 ? (slot / expertsUsed) % expertCount : Math.floor(((random() + 1) / 2) * expertCount),
    );
    const shares = Float32Array.from(choices, () => random() + 1);
    fill(device, input, x);
    fill(device, hidden, residual);
    if (route) {
      device.queue.writeBuffer((route as GpuRoute).ids, 0, choices);
      device.queue.writeBuffer((route as GpuRoute).weights, 0, shares);
    }
    backend.setTokens(new Uint32Array(tokens), 0);
    await backend.run(first, tokens);
    const actualProducts = await backend.read(products, tokens * expertsUsed);
    await backend.run(second, tokens);
    const actualHidden = await backend.read(hidden, tokens);

    const twin = { intermediateSize, hiddenSize, expertCount, expertsUsed };
    const routed = route ? { expertIds: choices, expertWeights: shares } : null;
    const rounded = activations === 'int8' ? throughInt8 : (values: Float32Array) => values;
    const expected = new Float32Array(tokens * expertsUsed * intermediateSize);
    gateUp(weights.gate.values, weights.up.values, twin, rounded(x, hiddenSize), tokens, routed, expected);
    worst.gateUp = Math.max(worst.gateUp, worstDifference(actualProducts, expected));
    // From the GPU's own products, so that only this step's error counts.
    down(weights.down.values, twin, rounded(actualProducts, intermediateSize), tokens, routed, residual);
    worst.down = Math.max(worst.down, worstDifference(actualHidden, residual));
  }
  return worst;
}

const quantised = { gate: 'Q4_K', up: 'Q4_K', down: 'Q6_K', hidden: 256, intermediate: 256 } as const;

const cases: [string, Case][] = [
  ['routed, int8', { ...quantised, activations: 'int8', experts: [6, 3] }],
  ['routed, float', { ...quantised, activations: 'float', experts: [5, 2] }],
  [
    'routed, gate and up of two types, odd sizes',
    { gate: 'Q8_0', up: 'Q5_1', down: 'Q5_0', hidden: 96, intermediate: 160, experts: [3, 3], activations: 'int8' },
  ],
  [
    'routed, one of gate and up in floats',
    { gate: 'Q4_0', up: 'BF16', down: 'F32', hidden: 96, intermediate: 70, experts: [7, 1], activations: 'float' },
  ],
  ['dense, int8', { ...quantised, activations: 'int8', experts: null }],
  [
    'dense, floats, odd sizes',
    { gate: 'F32', up: 'BF16', down: 'F16', hidden: 50, intermediate: 75, experts: null, activations: 'float' },
  ],
];

describe('feed-forward', () => {
  test.each(cases)('%s', async (_, shape) => {
    await withDevice(async (device) => {
      const worst = await compare(device, shape);
      expect(worst.gateUp).toBeLessThan(2e-5);
      expect(worst.down).toBeLessThan(2e-5);
    })();
  });

  test(
    'lanes share a row',
    withDevice(async (device) => {
      const worst = await compare(device, { ...quantised, activations: 'int8', experts: [4, 2], hardware: true });
      expect(worst.gateUp).toBeLessThan(2e-5);
      expect(worst.down).toBeLessThan(2e-5);
    }),
  );

  // An expert of gate (Q4_K) takes 36,864 bytes here, of up (Q8_0) 69,632: two and one to a buffer.
  test(
    'matrices over the binding limit are split by experts',
    withDevice(async (device) => {
      const split: Case = { ...quantised, up: 'Q8_0', experts: [3, 2], bindingLimit: 80_000, activations: 'float' };
      const worst = await compare(device, split);
      expect(worst.gateUp).toBeLessThan(2e-5);
      expect(worst.down).toBeLessThan(2e-5);
    }),
  );

  // A single expert over the limit: split by rows within it.
  test(
    'an expert over the binding limit is split by rows',
    withDevice(async (device) => {
      const worst = await compare(device, {
        ...quantised,
        activations: 'float',
        experts: [2, 1],
        bindingLimit: 20_000,
      });
      expect(worst.gateUp).toBeLessThan(2e-5);
      expect(worst.down).toBeLessThan(2e-5);
    }),
  );
});
