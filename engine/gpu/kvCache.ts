// The cache of keys and values on the device, and the table by which they are rotated.
import { kvRowBytes } from '../format/memoryNeeds.ts';
import type { Arrangement } from './arrangement.ts';
import type { Buffers } from './buffers.ts';
import { bindingAlignment } from './constants.ts';
import type { GpuKvLayer, GpuRopeTable } from './types.ts';

/** Keys and values of each of `count` layers, [contextLength, kvHeadCount, headDim] of this type. */
export function createKvLayers(
  arrangement: Arrangement,
  count: number,
  shape: Pick<GpuKvLayer, 'kvHeadCount' | 'headDim' | 'contextLength' | 'type'>,
): GpuKvLayer[] {
  const { kvHeadCount, headDim, contextLength, type } = shape;
  const bytes = contextLength * kvHeadCount * kvRowBytes(type, headDim);
  return arrangement.layers('kv', count, [bytes, bytes]).map(([keys, values]) => ({ ...shape, keys, values }));
}

/** One buffer, so that a kernel can have cos and sin in one binding; sin starts where a binding of its own may start. */
export function createRopeTable(
  buffers: Buffers,
  queue: GPUQueue,
  cos: Float32Array,
  sin: Float32Array,
  headDim: number,
): GpuRopeTable {
  const sinAt = Math.ceil(cos.byteLength / bindingAlignment) * bindingAlignment;
  const buffer = buffers.create('rope', sinAt + sin.byteLength);
  queue.writeBuffer(buffer, 0, cos.buffer, cos.byteOffset, cos.byteLength);
  queue.writeBuffer(buffer, sinAt, sin.buffer, sin.byteOffset, sin.byteLength);
  return {
    headDim,
    buffer,
    cos: { buffer, offset: 0, size: cos.byteLength },
    sin: { buffer, offset: sinAt, size: sin.byteLength },
  };
}
