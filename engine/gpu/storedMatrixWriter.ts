// Streams a matrix into GPU buffers as it is stored: the CPU only copies rows into mapped chunks of whole tiles, and place_rows
// re-lays them on the device, after store_* has quantised them where that is asked. Leaves the same words as matrixWriter.ts.
import type { MatrixWriter } from '../backend/backend.ts';
import { outOfMemory } from './buffers.ts';
import type { MatrixTarget } from './matrixParts.ts';
import type { Pipeline } from './pipelines.ts';
import type { RowPlacer, Storer } from './rowPlacer.ts';
import { chunkEnd, storedHeaderBytes, tileOfRow } from './storedChunk.ts';
import type { GpuMatrix } from './types.ts';
import { tileRows } from '../format/deviceLayout.ts';

export class StoredMatrixWriter implements MatrixWriter {
  readonly #target: MatrixTarget;
  readonly #placer: RowPlacer;
  readonly #capacity: number;
  #pipeline: Pipeline | null = null;
  #storer: Storer | null = null;
  /** The part being filled, and in it, rows counted through its slabs: where the chunk starts, ends and is filled to. */
  #part = 0;
  #bindGroup: GPUBindGroup | null = null;
  #chunk: { chunk: GPUBuffer; bytes: Uint8Array } | null = null;
  #from = 0;
  #end = 0;
  #next = 0;

  /** Of a type with a kernel (TypeLayout.stored). */
  constructor(target: MatrixTarget, placer: RowPlacer) {
    this.#target = target;
    this.#placer = placer;
    this.#capacity = Math.floor(placer.roomBytes / target.rowBytes);
    if (this.#capacity < tileRows) throw outOfMemory(`${target.spec.label}: rows of ${target.spec.columns} values`);
  }

  async write(bytes: Uint8Array, firstRow: number): Promise<void> {
    const { rowBytes, layout, spec } = this.#target;
    const count = await this.#target.accept(bytes, firstRow);
    this.#pipeline ??= await this.#placer.pipeline(layout);
    if (spec.quantize) this.#storer ??= await this.#placer.storer(spec.type, spec.quantize);
    for (let row = 0; row < count;) {
      const chunk = (this.#chunk ??= await this.#begin());
      const rows = Math.min(count - row, this.#end - this.#next);
      const at = storedHeaderBytes + (this.#next - this.#from) * rowBytes;
      chunk.bytes.set(bytes.subarray(row * rowBytes, (row + rows) * rowBytes), at);
      row += rows;
      this.#next += rows;
      if (this.#next === this.#end) this.#flush();
    }
  }

  /** The last chunk has gone with the last row: every part ends with a chunk. */
  finish(): GpuMatrix {
    return this.#target.finish();
  }

  async #begin(): Promise<{ chunk: GPUBuffer; bytes: Uint8Array }> {
    const { rows, slabs, buffer } = this.#target.parts[this.#part];
    this.#bindGroup ??= this.#placer.bind(this.#pipeline!, buffer);
    this.#from = this.#next;
    this.#end = chunkEnd(this.#from, this.#capacity, rows, slabs);
    return this.#placer.take();
  }

  #flush(): void {
    const { layout, rowBytes, storedRowBytes, spec, parts } = this.#target;
    const { rows, slabs } = parts[this.#part];
    const firstTile = tileOfRow(this.#from, rows);
    this.#placer.place(
      this.#chunk!,
      (this.#end - this.#from) * rowBytes,
      {
        firstTile,
        tiles: tileOfRow(this.#end, rows) - firstTile,
        firstRow: this.#from,
        rows,
        rowBytes: storedRowBytes,
        columns: spec.columns,
        values: (this.#end - this.#from) * spec.columns,
      },
      { pipeline: this.#pipeline!, bindGroup: this.#bindGroup!, layout, storer: this.#storer },
    );
    this.#chunk = null;
    if (this.#end < slabs * rows) return;
    [this.#part, this.#next, this.#bindGroup] = [this.#part + 1, 0, null];
  }
}
