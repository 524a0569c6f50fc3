// Streams a matrix into GPU buffers, re-laid row by row into mapped chunks by the CPU (gpu/place); holds one chunk, never the
// matrix. For software adapters and for types that place_rows does not know.
import type { MatrixWriter } from '../backend/backend.ts';
import { tileRows } from '../format/deviceLayout.ts';
import { outOfMemory } from './buffers.ts';
import type { MatrixTarget } from './matrixParts.ts';
import type { Staging } from './staging.ts';
import type { GpuMatrix } from './types.ts';
import { placeRow, tilesOf } from './weightLayouts.ts';

export class GpuMatrixWriter implements MatrixWriter {
  readonly #target: MatrixTarget;
  readonly #staging: Staging;
  #nextRow = 0;
  /** The chunk being filled: its words, the tiles begun in it, and where in which part it goes. */
  #chunk: GPUBuffer | null = null;
  #words = new Uint32Array(0);
  #tiles = 0;
  #part = 0;
  #partTile = 0;

  constructor(target: MatrixTarget, staging: Staging) {
    const { label, columns } = target.spec;
    if (target.tileBytes > staging.chunkBytes) throw outOfMemory(`${label}: rows of ${columns} values`);
    this.#target = target;
    this.#staging = staging;
  }

  async write(bytes: Uint8Array, firstRow: number): Promise<void> {
    const { spec, layout, rowBytes, tileBytes } = this.#target;
    const { type, rows, columns } = spec;
    const count = await this.#target.accept(bytes, firstRow);
    const source = halves(bytes);
    for (let i = 0; i < count; i++) {
      const rowInTile = (this.#nextRow % rows) % tileRows;
      if (rowInTile === 0) this.#beginTile();
      // Most rows go on in the chunk at hand: no wait for each of them.
      if (!this.#chunk) await this.#takeChunk();
      const tile = (this.#tiles - 1) * (tileBytes / 4);
      if (rowInTile === 0) this.#words.fill(0, tile, tile + tileBytes / 4);
      placeRow(type, layout, source, (i * rowBytes) / 2, columns, this.#words, tile, rowInTile);
      this.#nextRow++;
    }
  }

  finish(): GpuMatrix {
    const matrix = this.#target.finish();
    this.#flush();
    return matrix;
  }

  #beginTile(): void {
    const part = this.#target.parts[this.#part];
    const partFull = this.#partTile + this.#tiles === part.slabs * tilesOf(part.rows);
    if (partFull || (this.#tiles + 1) * this.#target.tileBytes > this.#staging.chunkBytes) this.#flush();
    if (partFull) [this.#part, this.#partTile] = [this.#part + 1, 0];
    this.#tiles++;
  }

  async #takeChunk(): Promise<void> {
    this.#chunk = await this.#staging.take();
    this.#words = new Uint32Array(this.#chunk.getMappedRange());
  }

  #flush(): void {
    const chunk = this.#chunk;
    if (!chunk) return;
    const { tileBytes, parts } = this.#target;
    const { buffer, offset: start } = parts[this.#part].buffer;
    const [offset, bytes] = [start + this.#partTile * tileBytes, this.#tiles * tileBytes];
    this.#staging.submit(chunk, (encoder) => encoder.copyBufferToBuffer(chunk, 0, buffer, offset, bytes));
    this.#chunk = null;
    this.#partTile += this.#tiles;
    this.#tiles = 0;
  }
}

/** As 16-bit words: all stored rows are a whole number of them. */
function halves(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}
