// CPU twin of kernels/embed.wgsl.

/**
 * hidden[t] = embedding[tokenIds[t]].
 * @param embedding [vocabulary, width]
 * @param hidden [tokens, width]
 */
export function embed(
  embedding: Float32Array,
  width: number,
  tokenIds: ArrayLike<number>,
  tokens: number,
  hidden: Float32Array,
): void {
  for (let t = 0; t < tokens; t++) {
    const at = tokenIds[t] * width;
    hidden.set(embedding.subarray(at, at + width), t * width);
  }
}
