// Rows of floats to a writer that takes them quantised: on the CPU, chunk by chunk. A GPU does it by kernels (gpu/rowPlacer.ts).
import type { QuantizedType } from '../format/quantize/quantizeRows.ts';
import { RowQuantizer } from '../format/quantize/quantizeRows.ts';
import type { TensorType } from '../format/tensorTypes.ts';
import type { Matrix, MatrixWriter } from './backend.ts';

export class QuantizingWriter implements MatrixWriter {
  readonly #writer: MatrixWriter;
  readonly #from: TensorType;
  readonly #to: QuantizedType;
  readonly #quantizer = new RowQuantizer();

  constructor(writer: MatrixWriter, from: TensorType, to: QuantizedType) {
    this.#writer = writer;
    this.#from = from;
    this.#to = to;
  }

  write(bytes: Uint8Array, firstRow: number): Promise<void> {
    return this.#writer.write(this.#quantizer.quantize(this.#from, bytes, this.#to), firstRow);
  }

  finish(): Matrix {
    return this.#writer.finish();
  }
}
