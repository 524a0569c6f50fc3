// CPU twin of kernels/attention.wgsl: causal grouped-query attention over the cache (spec 1.3).
import type { KvArrays, QkNormRopeShape } from './qkNormRope.ts';

let scores = new Float64Array(0);

/**
 * Token t attends to cache entries 0 … position + t; query head i reads KV head ⌊i / (headCount / kvHeadCount)⌋.
 * @param qkv [tokens, (headCount + 2·kvHeadCount)·headDim], q normed and rotated
 * @param output [tokens, headCount·headDim]
 */
export function attention(
  qkv: Float32Array,
  tokens: number,
  shape: QkNormRopeShape,
  position: number,
  cache: KvArrays,
  output: Float32Array,
): void {
  const { headCount, kvHeadCount, headDim } = shape;
  const kvWidth = kvHeadCount * headDim;
  const stride = headCount * headDim + 2 * kvWidth;
  const group = headCount / kvHeadCount;
  const scale = 1 / Math.sqrt(headDim);
  if (scores.length < position + tokens) scores = new Float64Array(2 * (position + tokens));
  for (let t = 0; t < tokens; t++) {
    const length = position + t + 1;
    for (let head = 0; head < headCount; head++) {
      const query = t * stride + head * headDim;
      const kvHead = Math.floor(head / group) * headDim;
      let largest = -Infinity;
      for (let u = 0; u < length; u++) {
        const key = u * kvWidth + kvHead;
        let dot = 0;
        for (let i = 0; i < headDim; i++) dot += qkv[query + i] * cache.keys[key + i];
        scores[u] = dot * scale;
        if (scores[u] > largest) largest = scores[u];
      }
      const to = (t * headCount + head) * headDim;
      output.fill(0, to, to + headDim);
      let sum = 0;
      for (let u = 0; u < length; u++) {
        const weight = Math.exp(scores[u] - largest);
        sum += weight;
        const value = u * kvWidth + kvHead;
        for (let i = 0; i < headDim; i++) output[to + i] += weight * cache.values[value + i];
      }
      for (let i = 0; i < headDim; i++) output[to + i] /= sum;
    }
  }
}
