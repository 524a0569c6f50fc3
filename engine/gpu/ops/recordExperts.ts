// The record of chosen experts: one small launch a layer, only while a sampler reports them, and how the record is read.
import type { TokenExperts } from '../../generate/tokenInfo.ts';
import { recordExperts as kernel } from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuRoute, OpContext } from '../types.ts';

/** Offsets of bindings must be multiples of it. */
const alignment = 256;

/** Bytes from one layer's row of the record to the next. */
export const recordStrideOf = (expertsUsed: number): number => Math.ceil((8 * expertsUsed) / alignment) * alignment;

/** Row `layer` of the record = ids and weights of the step's last token. */
export function recordExperts({ step }: OpContext, route: GpuRoute, layer: number): Dispatch[] {
  const { ids, weights, record, recordStride, expertsUsed } = route;
  return [
    {
      kernel,
      constants: { USED: expertsUsed },
      buffers: { step, ids, weights, record: { buffer: record, offset: layer * recordStride, size: recordStride } },
      workgroups: () => [1],
      enabled: () => route.recording,
    },
  ];
}

/** The record's bytes as a token carries them. */
export function decodeExperts(bytes: ArrayBuffer, { layers, expertsUsed, recordStride }: GpuRoute): TokenExperts {
  const ids = new Uint16Array(layers * expertsUsed);
  const weights = new Float32Array(layers * expertsUsed);
  for (let layer = 0; layer < layers; layer++) {
    ids.set(new Uint32Array(bytes, layer * recordStride, expertsUsed), layer * expertsUsed);
    const from = layer * recordStride + 4 * expertsUsed;
    weights.set(new Float32Array(bytes, from, expertsUsed), layer * expertsUsed);
  }
  return { layers, used: expertsUsed, ids, weights };
}
