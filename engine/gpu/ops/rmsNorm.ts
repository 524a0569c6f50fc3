// Dispatches of rms_norm: a workgroup a row.
import { rmsNorm as kernel } from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuTensor, GpuVector, OpContext } from '../types.ts';

/** output = input · rsqrt(mean(input²) + epsilon) ⊙ weight, row by row; input and output are two tensors. */
export function rmsNorm(
  context: OpContext,
  input: GpuTensor,
  weight: GpuVector,
  epsilon: number,
  output: GpuTensor,
): Dispatch[] {
  const { width, extent, slots } = input;
  const rows = (tokens: number) => (extent === 'last' ? 1 : tokens * slots);
  return [
    {
      kernel,
      constants: { WIDTH: width, EPSILON: epsilon, LANES: context.features.software ? 4 : width > 1024 ? 256 : 64 },
      buffers: { input: input.buffer, weight: weight.buffer, output: output.buffer },
      workgroups: (tokens) => [rows(tokens)],
    },
  ];
}
