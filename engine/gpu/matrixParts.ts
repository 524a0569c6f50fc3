// Where a matrix lies: its buffers, and how its rows fall into them. What fills them: matrixWriter.ts, storedMatrixWriter.ts.
import type { MatrixSpec } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import { tileRows } from '../format/deviceLayout.ts';
import { rowBytes, type TensorType } from '../format/tensorTypes.ts';
import { outOfMemory, type Buffers } from './buffers.ts';
import type { BufferRange, GpuMatrix, MatrixPart } from './types.ts';
import { groupsOf, layoutOf, tilesOf, type TypeLayout } from './weightLayouts.ts';

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

/** A matrix being written: its buffers, made at once, and the count of rows that have come. */
export class MatrixTarget {
  readonly spec: MatrixSpec;
  readonly layout: TypeLayout;
  readonly parts: readonly MatrixPart[];
  readonly tileBytes: number;
  /** What it is kept as. */
  readonly type: TensorType;
  /** Of a row that comes, and of one as a file would store what is kept. */
  readonly rowBytes: number;
  readonly storedRowBytes: number;
  readonly #buffers: Buffers;
  #rows = 0;

  /**
   * @param reserved where it is to lie, in one part; otherwise it gets buffers of its own
   * @throws EngineError `unsupported-type`, `out-of-memory`
   */
  constructor(spec: MatrixSpec, buffers: Buffers, bindingLimit: number, reserved: BufferRange | null = null) {
    this.spec = spec;
    this.type = spec.quantize ?? spec.type;
    this.layout = layoutOf(this.type, spec.label);
    this.tileBytes = tileBytes(this.layout, spec.columns);
    this.rowBytes = rowBytes(spec.type, spec.columns);
    this.storedRowBytes = rowBytes(this.type, spec.columns);
    this.#buffers = buffers;
    this.parts = planParts(spec, this.layout, bindingLimit).map((part) => ({
      ...part,
      buffer:
        reserved ??
        buffers.createRange(spec.label, part.slabs * tilesOf(part.rows) * this.tileBytes, { heldFor: 'weights' }),
    }));
  }

  /** How many rows `bytes` are, which must be the next ones. Waits at the first for the device to say no to the buffers. */
  async accept(bytes: Uint8Array, firstRow: number): Promise<number> {
    const { label, slabs, rows } = this.spec;
    const count = bytes.byteLength / this.rowBytes;
    if (firstRow !== this.#rows || !Number.isInteger(count) || firstRow + count > slabs * rows)
      throw new EngineError('internal', `Rows of ${label} do not come whole and in order.`);
    this.#rows += count;
    if (firstRow === 0) await this.#buffers.settle();
    return count;
  }

  /** Of all rows. */
  finish(): GpuMatrix {
    const { slabs, rows, label } = this.spec;
    if (this.#rows !== slabs * rows)
      throw new EngineError('internal', `${label} has ${this.#rows} of ${slabs * rows} rows.`);
    return { ...this.spec, type: this.type, layout: this.layout.layout, parts: this.parts };
  }
}
