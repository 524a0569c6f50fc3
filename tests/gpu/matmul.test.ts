// matmul and embed against their CPU twins: every weight type, both forms of activations, both shapes of workgroups.
import { describe, expect, test } from 'vitest';
import { embed } from '../../engine/cpu/embed.ts';
import { matmul } from '../../engine/cpu/matmul.ts';
import type { TensorType } from '../../engine/format/tensorTypes.ts';
import { withDevice } from '../support/gpu.ts';
import {
  fill,
  randomActivations,
  randomWeights,
  testBackend,
  throughInt8,
  upload,
  worstDifference,
} from '../support/randomWeights.ts';

const floats: TensorType[] = ['F32', 'F16', 'BF16'];
const blocks32: TensorType[] = ['Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'IQ4_NL'];
const kQuants: TensorType[] = ['Q3_K', 'Q4_K', 'Q5_K', 'Q6_K'];
const columnsOf = (type: TensorType) => (floats.includes(type) ? 71 : blocks32.includes(type) ? 352 : 768);

describe('embed', () => {
  test.each([...floats, ...blocks32, ...kQuants])('%s: rows as the CPU dequantises them', async (type) => {
    await withDevice(async (device) => {
      const weights = randomWeights(type, 37, columnsOf(type));
      const backend = await testBackend(device);
      const table = await upload(backend, weights);
      const hidden = backend.createTensor('hidden', weights.columns);
      const program = await backend.record('embed', (ops) => ops.embed(table, hidden));
      const tokens = [0, 36, 15, 16, 31, 5];
      backend.setTokens(tokens, 0);
      await backend.run(program, tokens.length);
      const expected = new Float32Array(tokens.length * weights.columns);
      embed(weights.values, weights.columns, tokens, tokens.length, expected);
      expect(worstDifference(await backend.read(hidden, tokens.length), expected)).toBeLessThan(1e-6);
    })();
  });
});

interface Case {
  activations: 'int8' | 'float';
  hardware: boolean;
  bindingLimit?: number;
  subgroups?: boolean;
}

async function compare(
  device: GPUDevice,
  type: TensorType,
  { activations, hardware, bindingLimit, subgroups = true }: Case,
) {
  const weights = randomWeights(type, 83, columnsOf(type));
  const { rows, columns } = weights;
  const backend = await testBackend(device, {
    activations,
    hardware,
    subgroups,
    ...(bindingLimit ? { bindingLimit } : {}),
  });
  const matrix = await upload(backend, weights);
  const input = backend.createTensor('input', columns);
  const output = backend.createTensor('output', rows + 9);
  const program = await backend.record('matmul', (ops) => {
    ops.matmul(input, matrix, output, { column: 5 });
    ops.matmul(input, matrix, output, { column: 5, accumulate: true });
  });
  const worst = { twin: 0, float: 0 };
  for (const tokens of [1, 11]) {
    const values = randomActivations(tokens * columns);
    fill(device, input, values);
    await backend.run(program, tokens);
    const actual = await backend.read(output, tokens);
    const place = { stride: rows + 9, column: 5 };
    const of = (from: Float32Array) => {
      const expected = new Float32Array(tokens * (rows + 9));
      matmul(weights.values, rows, columns, from, tokens, expected, place);
      return expected.map((value) => value * 2);
    };
    worst.float = Math.max(worst.float, worstDifference(actual, of(values)));
    worst.twin = Math.max(worst.twin, worstDifference(actual, of(throughInt8(values, columns))));
  }
  return worst;
}

describe('matmul, float activations', () => {
  test.each([...floats, ...blocks32, ...kQuants])('%s', async (type) => {
    await withDevice(async (device) => {
      expect((await compare(device, type, { activations: 'float', hardware: false })).float).toBeLessThan(1e-5);
    })();
  });
});

describe('matmul, int8 activations', () => {
  test.each([...blocks32, ...kQuants])('%s', async (type) => {
    await withDevice(async (device) => {
      const worst = await compare(device, type, { activations: 'int8', hardware: false });
      expect(worst.twin).toBeLessThan(1e-5);
      expect(worst.float).toBeLessThan(0.01);
    })();
  });

  test.each(floats)('%s weights keep float activations', async (type) => {
    await withDevice(async (device) => {
      expect((await compare(device, type, { activations: 'int8', hardware: false })).float).toBeLessThan(1e-5);
    })();
  });
});

// SwiftShader takes long to compile barriers, so a few types stand for all.
test.each(['F32', 'Q6_K'] as const)('lanes share a row: %s, float activations', async (type) => {
  await withDevice(async (device) => {
    expect((await compare(device, type, { activations: 'float', hardware: true })).float).toBeLessThan(1e-5);
  })();
});

test(
  'lanes share a row: Q4_K, int8 activations',
  withDevice(async (device) => {
    expect((await compare(device, 'Q4_K', { activations: 'int8', hardware: true })).twin).toBeLessThan(1e-5);
  }),
);

test.each(['Q4_K', 'Q6_K'] as const)('without subgroups: %s, int8 activations', async (type) => {
  await withDevice(async (device) => {
    const worst = await compare(device, type, { activations: 'int8', hardware: false, subgroups: false });
    expect(worst.twin).toBeLessThan(1e-5);
  })();
});

test(
  'a matrix over the binding limit is split by rows',
  withDevice(async (device) => {
    const worst = await compare(device, 'Q4_K', { activations: 'float', hardware: false, bindingLimit: 16_000 });
    expect(worst.float).toBeLessThan(1e-5);
  }),
);
