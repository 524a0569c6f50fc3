// Compares kernels of tiles with their CPU twins on random data: on a software adapter in tests, and on hardware.
import type { Route } from '../../engine/backend/backend.ts';
import { down } from '../../engine/cpu/down.ts';
import { gateUp } from '../../engine/cpu/gateUp.ts';
import { matmul } from '../../engine/cpu/matmul.ts';
import type { TensorType } from '../../engine/format/tensorTypes.ts';
import type { GpuProgram } from '../../engine/gpu/program.ts';
import { runsFor } from '../../engine/gpu/dispatch.ts';
import type { GpuRoute } from '../../engine/gpu/types.ts';
import { randomNumbers } from './randomModel.ts';
import {
  fill,
  randomActivations,
  randomWeights,
  testBackend,
  throughInt8,
  upload,
  worstDifference,
} from './randomWeights.ts';

export interface TileCase {
  form: 'int8' | 'halves' | 'float';
  /** What multiplies halves. Default: lanes. */
  matrices?: 'units' | 'lanes';
  bindingLimit?: number;
}

const backendFor = (device: GPUDevice, { form, matrices = 'lanes', bindingLimit }: TileCase, tokens: number) =>
  testBackend(device, {
    hardware: true,
    maxTokens: tokens,
    activations: form === 'float' ? 'float' : 'int8',
    ...(form === 'halves' ? { matrices } : {}),
    ...(bindingLimit ? { bindingLimit } : {}),
  });

const kernelsOf = (program: GpuProgram, tokens: number): string[] =>
  program.recorded.filter(({ dispatch }) => runsFor(dispatch, tokens)).map(({ dispatch }) => dispatch.kernel.name);

/** matmul twice, the second time adding; relative to the largest value of the twin. */
export async function compareMatmul(
  device: GPUDevice,
  shape: TileCase & { type: TensorType; rows: number; columns: number; tokens: number },
) {
  const { type, rows, columns, tokens, form } = shape;
  const backend = await backendFor(device, shape, tokens);
  const weights = randomWeights(type, rows, columns);
  const matrix = await upload(backend, weights);
  const input = backend.createTensor('input', columns);
  const stride = rows + 12;
  const output = backend.createTensor('output', stride);
  const program = await backend.record('matmul', (ops) => {
    ops.matmul(input, matrix, output, { column: 4 });
    ops.matmul(input, matrix, output, { column: 4, accumulate: true });
  });
  const values = randomActivations(tokens * columns);
  fill(device, input, values);
  backend.setTokens(new Uint32Array(tokens), 0);
  await backend.run(program, tokens);
  const actual = await backend.read(output, tokens);
  const expected = new Float32Array(tokens * stride);
  const rounded = form === 'int8' ? throughInt8(values, columns) : values;
  matmul(weights.values, rows, columns, rounded, tokens, expected, { stride, column: 4 });
  const error = worstDifference(
    actual,
    expected.map((value) => value * 2),
  );
  return { error, kernels: kernelsOf(program as GpuProgram, tokens) };
}

/** gate_up and down in one program, and gate_up by itself; down is compared from the twin's own gate_up. */
export async function compareFeedForward(
  device: GPUDevice,
  shape: TileCase & {
    experts: [count: number, used: number] | null;
    tokens: number;
    hidden?: number;
    intermediate?: number;
  },
) {
  const { form, experts, tokens, hidden: hiddenSize = 256, intermediate: intermediateSize = 352 } = shape;
  const [expertCount, expertsUsed] = experts ?? [1, 1];
  const backend = await backendFor(device, shape, tokens);
  const weights = {
    gate: randomWeights('Q4_K', intermediateSize, hiddenSize, expertCount, 3),
    up: randomWeights('Q8_0', intermediateSize, hiddenSize, expertCount, 4),
    down: randomWeights('Q5_0', hiddenSize, intermediateSize, expertCount, 5),
  };
  const gate = await upload(backend, weights.gate);
  const up = await upload(backend, weights.up);
  const downs = await upload(backend, weights.down);
  const input = backend.createTensor('input', hiddenSize);
  const products = backend.createTensor('products', intermediateSize, 'tokens', expertsUsed);
  const hidden = backend.createTensor('hidden', hiddenSize);
  const route: Route | null = experts ? backend.createRoute(expertsUsed, expertCount) : null;
  const first = await backend.record('gateUp', (ops) => ops.gateUp(input, gate, up, route, products));
  const both = await backend.record('feedForward', (ops) => {
    ops.gateUp(input, gate, up, route, products);
    ops.down(products, downs, route, hidden);
  });
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
  await backend.run(both, tokens);
  const actualHidden = await backend.read(hidden, tokens);

  const twin = { intermediateSize, hiddenSize, expertCount, expertsUsed };
  const routed = route ? { expertIds: choices, expertWeights: shares } : null;
  const rounded = form === 'int8' ? throughInt8 : (values: Float32Array) => values;
  const expected = new Float32Array(tokens * expertsUsed * intermediateSize);
  gateUp(weights.gate.values, weights.up.values, twin, rounded(x, hiddenSize), tokens, routed, expected);
  const expectedHidden = residual.slice();
  down(weights.down.values, twin, rounded(actualProducts, intermediateSize), tokens, routed, expectedHidden);
  return {
    gateUp: worstDifference(actualProducts, expected),
    down: worstDifference(actualHidden, expectedHidden),
    kernels: kernelsOf(both as GpuProgram, tokens),
  };
}
