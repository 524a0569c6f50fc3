// CPU twin of kernels/rms_norm.wgsl (spec 1.3).

/**
 * output[t] = input[t] · rsqrt(mean(input[t]²) + epsilon) ⊙ weight.
 * @param input [tokens, width]; may be `output`
 * @param weight [width]
 */
export function rmsNorm(
  input: Float32Array,
  weight: Float32Array,
  epsilon: number,
  width: number,
  tokens: number,
  output: Float32Array,
): void {
  for (let t = 0; t < tokens; t++) normalizeRow(input, t * width, weight, epsilon, width, output, t * width);
}

/** One row of rmsNorm, also used on the heads of q and k. */
export function normalizeRow(
  input: Float32Array,
  from: number,
  weight: Float32Array,
  epsilon: number,
  width: number,
  output: Float32Array,
  to: number,
): void {
  let squares = 0;
  for (let i = 0; i < width; i++) squares += input[from + i] * input[from + i];
  const scale = 1 / Math.sqrt(squares / width + epsilon);
  for (let i = 0; i < width; i++) output[to + i] = input[from + i] * scale * weight[i];
}
