// Which modules read and write a layer's cache of keys and values (kernels/shared/attention/kv_*.wgsl).
import type { Variant } from './preprocess.ts';
import type { GpuKvLayer } from './types.ts';

/** Slots `kv` and `kv_put`. Rows of fours, but for floats in heads that 4 does not divide; q8 fills its last four up. */
export function kvVariant({ type, headDim }: Pick<GpuKvLayer, 'type' | 'headDim'>): Variant {
  const form = headDim % 4 === 0 || type === 'q8' ? type : `${type}_pairs`;
  return { kv: `kv_${form}`, kv_put: `kv_put_${form}` };
}
