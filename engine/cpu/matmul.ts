// CPU twin of kernels/matmul.wgsl.
import type { ProductPlace } from '../backend/backend.ts';
import { multiplyRows, rowsInOrder } from './multiplyRows.ts';

/**
 * output[t, column + r] (+)= Σ_c weight[r, c] · input[t, c].
 * @param weight [rows, columns]
 * @param input [tokens, columns]
 * @param output [tokens, stride]; written from `column` on
 */
export function matmul(
  weight: Float32Array,
  rows: number,
  columns: number,
  input: Float32Array,
  tokens: number,
  output: Float32Array,
  place: ProductPlace & { stride?: number } = {},
): void {
  const { stride = rows, column = 0, accumulate = false } = place;
  const order = rowsInOrder(tokens);
  multiplyRows(
    {
      weight,
      weightOffset: 0,
      rows,
      columns,
      input,
      output,
      outputStride: stride,
      outputColumn: column,
      accumulate,
    },
    order,
    order,
    tokens,
  );
}
