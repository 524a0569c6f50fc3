// The products of all slots of a step of many tokens: room for them, and their sums.
import { rowPadding } from '../../format/deviceLayout.ts';
import * as kernels from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuRoute, GpuTensor, OpContext } from '../types.ts';

/** Layers run one after another, so those of one route share their scratch memory. */
const productBuffers = new WeakMap<GpuRoute, Map<number, GPUBuffer>>();

/** [tokens · expertsUsed, width] f32 */
export function productBuffer(route: GpuRoute, width: number, context: OpContext): GPUBuffer {
  let byWidth = productBuffers.get(route);
  if (!byWidth) productBuffers.set(route, (byWidth = new Map<number, GPUBuffer>()));
  let buffer = byWidth.get(width);
  if (!buffer) {
    const tokens = Math.ceil(context.maxTokens / rowPadding) * rowPadding;
    buffer = context.createBuffer('slotProducts', tokens * route.expertsUsed * width * 4);
    byWidth.set(width, buffer);
  }
  return buffer;
}

export function sumSlots(
  route: GpuRoute,
  columns: number,
  hidden: GpuTensor,
  range: NonNullable<Dispatch['tokens']>,
  context: OpContext,
): Dispatch {
  return {
    kernel: kernels.sumSlots,
    constants: { COLUMNS: columns, USED: route.expertsUsed },
    buffers: {
      products: productBuffer(route, columns, context),
      shares: route.weights,
      hidden: hidden.buffer,
    },
    workgroups: (tokens) => [Math.ceil(columns / 64), tokens],
    tokens: range,
  };
}
