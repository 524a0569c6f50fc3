// CPU twin of kernels/qk_norm_rope.wgsl: RMSNorm of q and k heads, RoPE (half-split pairs, spec 1.4), cache write.
import { normalizeRow } from './rmsNorm.ts';

export interface QkNormRopeShape {
  headCount: number;
  kvHeadCount: number;
  headDim: number;
}

/** [contextLength, headDim / 2] each. */
export interface RopeAngles {
  cos: Float32Array;
  sin: Float32Array;
}

/** [contextLength, kvHeadCount, headDim] each. */
export interface KvArrays {
  keys: Float32Array;
  values: Float32Array;
}

/**
 * @param qkv [tokens, (headCount + 2·kvHeadCount)·headDim]; q is changed in place, k and v stay
 * @param position of the first token
 * @param cache receives normed, rotated keys and the values at position + t
 */
export function qkNormRope(
  qkv: Float32Array,
  tokens: number,
  shape: QkNormRopeShape,
  norms: { q: Float32Array; k: Float32Array; epsilon: number },
  rope: RopeAngles,
  position: number,
  cache: KvArrays,
): void {
  const { headCount, kvHeadCount, headDim } = shape;
  const kvWidth = kvHeadCount * headDim;
  const stride = headCount * headDim + 2 * kvWidth;
  for (let t = 0; t < tokens; t++) {
    const keyAt = t * stride + headCount * headDim;
    const cacheAt = (position + t) * kvWidth;
    for (let head = 0; head < headCount; head++) {
      const at = t * stride + head * headDim;
      normalizeRow(qkv, at, norms.q, norms.epsilon, headDim, qkv, at);
      rotate(qkv, at, headDim, rope, position + t);
    }
    for (let head = 0; head < kvHeadCount; head++) {
      const to = cacheAt + head * headDim;
      normalizeRow(qkv, keyAt + head * headDim, norms.k, norms.epsilon, headDim, cache.keys, to);
      rotate(cache.keys, to, headDim, rope, position + t);
    }
    cache.values.set(qkv.subarray(keyAt + kvWidth, keyAt + 2 * kvWidth), cacheAt);
  }
}

/** Pairs element i with i + headDim/2. */
function rotate(values: Float32Array, at: number, headDim: number, rope: RopeAngles, position: number): void {
  const half = headDim / 2;
  for (let i = 0; i < half; i++) {
    const cos = rope.cos[position * half + i];
    const sin = rope.sin[position * half + i];
    const low = values[at + i];
    const high = values[at + i + half];
    values[at + i] = low * cos - high * sin;
    values[at + i + half] = high * cos + low * sin;
  }
}
