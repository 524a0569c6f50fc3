// The inner loop of every CPU twin that multiplies weights: rows of a matrix against rows of activations. Sums are kept in
// f64 (JavaScript's own numbers); four rows share each loaded activation, which is what makes it fast.

export interface RowProduct {
  /** [rows, columns] from weightOffset on. */
  weight: Float32Array;
  weightOffset: number;
  rows: number;
  columns: number;
  input: Float32Array;
  output: Float32Array;
  /** Values from one output row to the next, and where in it the product starts. */
  outputStride: number;
  outputColumn: number;
  /** Add to what is there. */
  accumulate: boolean;
}

/**
 * output[outputRows[i], outputColumn + r] (+)= Σ_c weight[r, c] · input[inputRows[i], c] for i < count.
 * Weight rows are the outer loop, so that they are read from memory once for all activations.
 */
export function multiplyRows(
  product: RowProduct,
  inputRows: ArrayLike<number>,
  outputRows: ArrayLike<number>,
  count: number,
): void {
  const { weight, weightOffset, rows, columns, input, output, outputStride, outputColumn, accumulate } = product;
  const whole = rows - (rows % 4);
  for (let row = 0; row < whole; row += 4) {
    const first = weightOffset + row * columns;
    for (let i = 0; i < count; i++) {
      const at = inputRows[i] * columns;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      let w0 = first;
      let w1 = first + columns;
      let w2 = w1 + columns;
      let w3 = w2 + columns;
      for (let x = at, end = at + columns; x < end; x++) {
        const value = input[x];
        sum0 += weight[w0++] * value;
        sum1 += weight[w1++] * value;
        sum2 += weight[w2++] * value;
        sum3 += weight[w3++] * value;
      }
      const to = outputRows[i] * outputStride + outputColumn + row;
      if (accumulate) {
        output[to] += sum0;
        output[to + 1] += sum1;
        output[to + 2] += sum2;
        output[to + 3] += sum3;
      } else {
        output[to] = sum0;
        output[to + 1] = sum1;
        output[to + 2] = sum2;
        output[to + 3] = sum3;
      }
    }
  }
  for (let row = whole; row < rows; row++) {
    const first = weightOffset + row * columns;
    for (let i = 0; i < count; i++) {
      const at = inputRows[i] * columns;
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += weight[first + c] * input[at + c];
      const to = outputRows[i] * outputStride + outputColumn + row;
      output[to] = accumulate ? output[to] + sum : sum;
    }
  }
}

/** 0, 1, 2, …: row numbers where input and output rows are simply the tokens. Grows on demand. */
let counting = new Int32Array(0);
export function rowsInOrder(count: number): Int32Array {
  if (counting.length < count) counting = Int32Array.from({ length: Math.max(count, 64) }, (_, i) => i);
  return counting;
}
