// Float weights as the blocks that a file would store, while they stream in: the one entry to this folder's arithmetic.
import { EngineError } from '../../errors.ts';
import { dequantizeRows } from '../dequantize/dequantizeRows.ts';
import { rowBytes, tensorTypes, type TensorType } from '../tensorTypes.ts';
import { quantizeQ4_K } from './q4K.ts';
import { quantizeQ8_0 } from './q8_0.ts';

/** What weights can be quantised to, the finest first. */
export const quantizedTypes = ['Q8_0', 'Q4_K'] as const;
export type QuantizedType = (typeof quantizedTypes)[number];

const quantizers: Record<QuantizedType, (values: Float32Array, out: Uint8Array) => void> = {
  Q8_0: quantizeQ8_0,
  Q4_K: quantizeQ4_K,
};

/** Takes rows of one type to another, through memory that it keeps: the bytes are good until the next call. */
export class RowQuantizer {
  #values = new Float32Array(0);
  #out = new Uint8Array(0);

  /** @throws EngineError `internal` for what is no whole number of blocks */
  quantize(from: TensorType, bytes: Uint8Array, to: QuantizedType): Uint8Array {
    const count = (bytes.byteLength / tensorTypes[from].bytes) * tensorTypes[from].values;
    if (count % tensorTypes[to].values !== 0)
      throw new EngineError('internal', `${count} values are no whole number of blocks of ${to}.`);
    if (this.#values.length < count) this.#values = new Float32Array(count);
    const size = rowBytes(to, count);
    if (this.#out.length < size) this.#out = new Uint8Array(size);
    const values = this.#values.subarray(0, count);
    const out = this.#out.subarray(0, size);
    dequantizeRows(from, bytes, values);
    quantizers[to](values, out);
    return out;
  }
}
