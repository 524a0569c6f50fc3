// Streams a matrix into GPU buffers, re-laid row by row into mapped chunks (weightLayouts.ts); holds one chunk, never the matrix.
import type { MatrixWriter } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import { rowBytes, type TensorType } from '../format/tensorTypes.ts';
import { outOfMemory, type Buffers } from './buffers.ts';
import type { Staging } from './staging.ts';
import type { GpuMatrix, MatrixPart } from './types.ts';
import { groupsOf, layoutOf, placeRow, tileRows, tilesOf, type TypeLayout } from './weightLayouts.ts';

export interface MatrixSpec {
  label: string;
  type: TensorType;
  slabs: number;
  rows: number;
  columns: number;
}

/** Bytes of one tile of 16 rows. */
export function tileBytes(layout: TypeLayout, columns: number): number {
  return layout.groupWords * 16 * groupsOf(columns);
}

/** What each buffer holds, as few as the limit allows: whole slabs, or, with one slab, whole tiles of rows. */
export function planParts(spec: MatrixSpec, layout: TypeLayout, limit: number): Omit<MatrixPart, 'buffer'>[] {
  const { slabs, rows, columns, label } = spec;
  const tile = tileBytes(layout, columns);
  const tiles = tilesOf(rows);
  const parts: Omit<MatrixPart, 'buffer'>[] = [];
  const slabsInPart = Math.floor(limit / (tile * tiles));
  if (slabsInPart > 0) {
    for (let firstSlab = 0; firstSlab < slabs; firstSlab += slabsInPart)
      parts.push({ firstSlab, slabs: Math.min(slabsInPart, slabs - firstSlab), firstRow: 0, rows });
    return parts;
  }
  const rowsInPart = Math.floor(limit / tile) * tileRows;
  if (rowsInPart === 0) throw outOfMemory(`${label}: a tile of ${tile} bytes is over the binding limit`);
  for (let firstSlab = 0; firstSlab < slabs; firstSlab++)
    for (let firstRow = 0; firstRow < rows; firstRow += rowsInPart)
      parts.push({ firstSlab, slabs: 1, firstRow, rows: Math.min(rowsInPart, rows - firstRow) });
  return parts;
}

export class GpuMatrixWriter implements MatrixWriter {
  readonly #spec: MatrixSpec;
  readonly #layout: TypeLayout;
  readonly #buffers: Buffers;
  readonly #staging: Staging;
  readonly #parts: MatrixPart[];
  readonly #tileBytes: number;
  #nextRow = 0;
  /** The chunk being filled: its words, the tiles begun in it, and where in which part it goes. */
  #chunk: GPUBuffer | null = null;
  #words = new Uint32Array(0);
  #tiles = 0;
  #part = 0;
  #partTile = 0;

  constructor(spec: MatrixSpec, buffers: Buffers, staging: Staging, bindingLimit: number) {
    this.#spec = spec;
    this.#layout = layoutOf(spec.type, spec.label);
    this.#buffers = buffers;
    this.#staging = staging;
    this.#tileBytes = tileBytes(this.#layout, spec.columns);
    if (this.#tileBytes > staging.chunkBytes) throw outOfMemory(`${spec.label}: rows of ${spec.columns} values`);
    this.#parts = planParts(spec, this.#layout, bindingLimit).map((part) => ({
      ...part,
      buffer: buffers.create(spec.label, part.slabs * tilesOf(part.rows) * this.#tileBytes),
    }));
  }

  get bytes(): number {
    return this.#parts.reduce((sum, { buffer }) => sum + buffer.size, 0);
  }

  async write(bytes: Uint8Array, firstRow: number): Promise<void> {
    const { label, type, slabs, rows, columns } = this.#spec;
    const stored = rowBytes(type, columns);
    const count = bytes.byteLength / stored;
    if (firstRow !== this.#nextRow || !Number.isInteger(count) || firstRow + count > slabs * rows)
      throw new EngineError('internal', `Rows of ${label} do not come whole and in order.`);
    if (firstRow === 0) await this.#buffers.settle();
    const source = halves(bytes);
    for (let i = 0; i < count; i++) {
      const rowInTile = (this.#nextRow % rows) % tileRows;
      if (rowInTile === 0) this.#beginTile();
      // Most rows go on in the chunk at hand: no wait for each of them.
      if (!this.#chunk) await this.#takeChunk();
      const tile = (this.#tiles - 1) * (this.#tileBytes / 4);
      if (rowInTile === 0) this.#words.fill(0, tile, tile + this.#tileBytes / 4);
      placeRow(type, this.#layout, source, (i * stored) / 2, columns, this.#words, tile, rowInTile);
      this.#nextRow++;
    }
  }

  finish(): GpuMatrix {
    const { slabs, rows } = this.#spec;
    if (this.#nextRow !== slabs * rows)
      throw new EngineError('internal', `${this.#spec.label} has ${this.#nextRow} of ${slabs * rows} rows.`);
    this.#flush();
    return { ...this.#spec, layout: this.#layout.layout, parts: this.#parts };
  }

  #beginTile(): void {
    const part = this.#parts[this.#part];
    const partFull = this.#partTile + this.#tiles === part.slabs * tilesOf(part.rows);
    if (partFull || (this.#tiles + 1) * this.#tileBytes > this.#staging.chunkBytes) this.#flush();
    if (partFull) [this.#part, this.#partTile] = [this.#part + 1, 0];
    this.#tiles++;
  }

  async #takeChunk(): Promise<void> {
    this.#chunk = await this.#staging.take();
    this.#words = new Uint32Array(this.#chunk.getMappedRange());
  }

  #flush(): void {
    if (!this.#chunk) return;
    const bytes = this.#tiles * this.#tileBytes;
    this.#staging.submit(this.#chunk, bytes, this.#parts[this.#part].buffer, this.#partTile * this.#tileBytes);
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
