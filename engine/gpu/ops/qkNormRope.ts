// Dispatches of qk_norm_rope: a workgroup for each head of q, k and v of each token.
import type { HeadNorms } from '../../backend/backend.ts';
import { qkNormRope as kernel } from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import { kvVariant } from '../kvVariant.ts';
import type { GpuKvLayer, GpuRopeTable, GpuTensor, GpuVector, OpContext } from '../types.ts';

/** Norms and rotates q in qkv and k on its way into the cache; v goes there as it is. headDim is even. */
export function qkNormRope(
  context: OpContext,
  qkv: GpuTensor,
  norms: HeadNorms<GpuVector>,
  rope: GpuRopeTable,
  cache: GpuKvLayer,
): Dispatch[] {
  const { kvHeadCount, headDim } = cache;
  const headCount = qkv.width / headDim - 2 * kvHeadCount;
  return [
    {
      kernel,
      variant: kvVariant(cache),
      constants: {
        HEADS: headCount,
        KV_HEADS: kvHeadCount,
        HEAD_DIM: headDim,
        EPSILON: norms.epsilon,
        LANES: context.features.software ? 4 : headDim > 64 ? 64 : 32,
      },
      buffers: {
        qkv: qkv.buffer,
        q_norm: norms.q.buffer,
        k_norm: norms.k.buffer,
        cos: rope.cos,
        sin: rope.sin,
        keys: cache.keys,
        values: cache.values,
        step: context.step,
      },
      workgroups: (tokens) => [headCount + 2 * kvHeadCount, tokens],
    },
  ];
}
