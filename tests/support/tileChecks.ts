// Compares kernels of tiles with their CPU twins on random data: on a software adapter in tests, and on hardware.
import { matmul } from '../../engine/cpu/matmul.ts';
import type { TensorType } from '../../engine/format/tensorTypes.ts';
import type { GpuProgram } from '../../engine/gpu/program.ts';
import { runsFor } from '../../engine/gpu/dispatch.ts';
import { randomFeedForward, type FeedForwardShape } from './feedForward.ts';
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

/** gate_up and down; relative to the largest value of the twins. */
export async function compareFeedForward(
  device: GPUDevice,
  shape: TileCase & Pick<FeedForwardShape, 'experts'> & Partial<FeedForwardShape> & { tokens: number },
) {
  const { form, tokens } = shape;
  const backend = await backendFor(device, shape, tokens);
  const usual = { gate: 'Q4_K', up: 'Q8_0', down: 'Q5_0', hidden: 256, intermediate: 352 } as const;
  const subject = await randomFeedForward(device, backend, { ...usual, ...shape }, form === 'int8' ? 'int8' : 'none');
  return { ...(await subject.compare(tokens)), kernels: kernelsOf(subject.program as GpuProgram, tokens) };
}
