// The record of chosen experts and how it is read. In steps of several tokens a small launch a layer fills it, only while a sampler
// reports them; the kernels of single tokens keep their choice there in the first place.
import type { TokenExperts } from '../../generate/tokenInfo.ts';
import { recordExperts as kernel } from '../../kernels/registry.ts';
import { bindingAlignment } from '../constants.ts';
import type { Dispatch } from '../dispatch.ts';
import type { BufferRange, GpuRoute, OpContext } from '../types.ts';

/** Bytes from one layer's row of the record to the next: room for two bindings. */
export const recordStrideOf = (expertsUsed: number): number =>
  2 * Math.ceil((4 * expertsUsed) / bindingAlignment) * bindingAlignment;

/** Where in a row the weights begin, in bytes. */
export const recordWeightsAt = ({ recordStride }: Pick<GpuRoute, 'recordStride'>): number => recordStride / 2;

/** Where a layer's choice is kept: ids, weights, and both in one binding. */
export function recordedChoice(
  route: GpuRoute,
  layer: number,
): { ids: BufferRange; weights: BufferRange; both: BufferRange } {
  const { record: buffer, recordStride } = route;
  const size = recordWeightsAt(route);
  const offset = layer * recordStride;
  return {
    ids: { buffer, offset, size },
    weights: { buffer, offset: offset + size, size },
    both: { buffer, offset, size: recordStride },
  };
}

/** Row `layer` of the record = ids and weights of the step's last token. */
export function recordExperts({ step }: OpContext, route: GpuRoute, layer: number): Dispatch[] {
  const { ids, weights, expertsUsed } = route;
  return [
    {
      kernel,
      constants: { USED: expertsUsed, WEIGHTS_AT: recordWeightsAt(route) / 4 },
      buffers: { step, ids, weights, record: recordedChoice(route, layer).both },
      workgroups: () => [1],
      enabled: () => route.recording,
    },
  ];
}

/** The record's bytes as a token carries them. */
export function decodeExperts(bytes: ArrayBuffer, route: GpuRoute): TokenExperts {
  const { layers, expertsUsed, recordStride } = route;
  const ids = new Uint16Array(layers * expertsUsed);
  const weights = new Float32Array(layers * expertsUsed);
  for (let layer = 0; layer < layers; layer++) {
    ids.set(new Uint32Array(bytes, layer * recordStride, expertsUsed), layer * expertsUsed);
    const from = layer * recordStride + recordWeightsAt(route);
    weights.set(new Float32Array(bytes, from, expertsUsed), layer * expertsUsed);
  }
  return { layers, used: expertsUsed, ids, weights };
}
