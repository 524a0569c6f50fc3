// A chunk of stored rows on its way through place_rows: what the kernel's header says, and how many rows go into one chunk.
import { tileRows } from '../format/deviceLayout.ts';

/** Eight words: firstTile, tiles, firstRow, rows, stride, columns, the values in the chunk (for store_*), and one unused. */
export const storedHeaderBytes = 32;

export interface StoredChunk {
  /** Tiles of the part, counted through its slabs, that the chunk fills. */
  firstTile: number;
  tiles: number;
  /** Row of the part, counted through its slabs, that it starts with. */
  firstRow: number;
  /** Rows of each slab of the part. */
  rows: number;
  /** Bytes of a stored row. */
  rowBytes: number;
  columns: number;
  /** Of all rows in the chunk. */
  values: number;
}

export function writeStoredHeader(
  words: Uint32Array,
  { firstTile, tiles, firstRow, rows, rowBytes, columns, values }: StoredChunk,
) {
  words.set([firstTile, tiles, firstRow, rows, rowBytes / 2, columns, values, 0]);
}

/** The tile that row `row` of a part is in, tiles counted through slabs of `rows` rows; for a row that begins one. */
export function tileOfRow(row: number, rows: number): number {
  const slab = Math.floor(row / rows);
  return slab * Math.ceil(rows / tileRows) + Math.ceil((row - slab * rows) / tileRows);
}

/** Where a chunk from row `from` on ends that has room for `capacity` ≥ 16 rows: at the end of a tile. */
export function chunkEnd(from: number, capacity: number, rows: number, slabs: number): number {
  const end = Math.min(from + capacity, slabs * rows);
  const inSlab = end % rows;
  return end - (inSlab % tileRows);
}
