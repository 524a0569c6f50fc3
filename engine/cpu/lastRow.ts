// CPU twin of kernels/last_row.wgsl.

/** output[0] = input[tokens − 1]; input [tokens, width]. */
export function lastRow(input: Float32Array, tokens: number, width: number, output: Float32Array): void {
  output.set(input.subarray((tokens - 1) * width, tokens * width));
}
