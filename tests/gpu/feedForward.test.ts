// gate_up and down against their CPU twins: dense and routed, one token and many, odd sizes, split matrices.
import { describe, expect, test } from 'vitest';
import { randomFeedForward, type FeedForwardShape } from '../support/feedForward.ts';
import { withDevice } from '../support/gpu.ts';
import { testBackend } from '../support/randomWeights.ts';

interface Case extends FeedForwardShape {
  activations: 'int8' | 'float';
  hardware?: boolean;
  bindingLimit?: number;
}

async function compare(device: GPUDevice, shape: Case) {
  const { activations, hardware = false, bindingLimit } = shape;
  const backend = await testBackend(device, { activations, hardware, ...(bindingLimit ? { bindingLimit } : {}) });
  const subject = await randomFeedForward(device, backend, shape, activations === 'int8' ? 'int8' : 'none');
  const worst = { gateUp: 0, down: 0 };
  // One token; one slot at a time; grouped by expert.
  for (const tokens of [1, 3, 11]) {
    const { gateUp, down } = await subject.compare(tokens);
    worst.gateUp = Math.max(worst.gateUp, gateUp);
    worst.down = Math.max(worst.down, down);
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
