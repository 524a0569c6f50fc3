// What a dispatch covers of matrices that are split over several buffers, as the kernels' overrides say it.
import type { GpuMatrix, MatrixPart } from '../types.ts';
import { tilesOf } from '../weightLayouts.ts';

/** What of a matrix a part holds. */
export const partOf = ({ firstSlab, slabs, firstRow, rows }: MatrixPart) => ({
  FIRST_EXPERT: firstSlab,
  EXPERTS: slabs,
  FIRST_TILE: firstRow / 16,
  TILES: tilesOf(rows),
});

/** What of gate and up an overlap covers, and where in their buffers it starts. */
export function coveredBy({ firstSlab, slabs, firstRow, rows, gatePart, upPart }: Overlap) {
  return {
    FIRST_EXPERT: firstSlab,
    EXPERTS: slabs,
    FIRST_TILE: firstRow / 16,
    TILES: tilesOf(rows),
    GATE_START: startTile(gatePart, firstSlab, firstRow),
    GATE_TILES: tilesOf(gatePart.rows),
    UP_START: startTile(upPart, firstSlab, firstRow),
    UP_TILES: tilesOf(upPart.rows),
  };
}

type Overlap = ReturnType<typeof overlaps>[number];

/** What each pair of parts has in common: gate and up may be of different types, and so split at different places. */
export function overlaps(gate: GpuMatrix, up: GpuMatrix) {
  return gate.parts.flatMap((gatePart) =>
    up.parts.flatMap((upPart) => {
      const firstSlab = Math.max(gatePart.firstSlab, upPart.firstSlab);
      const slabs = Math.min(gatePart.firstSlab + gatePart.slabs, upPart.firstSlab + upPart.slabs) - firstSlab;
      const firstRow = Math.max(gatePart.firstRow, upPart.firstRow);
      const rows = Math.min(gatePart.firstRow + gatePart.rows, upPart.firstRow + upPart.rows) - firstRow;
      return slabs > 0 && rows > 0 ? [{ firstSlab, slabs, firstRow, rows, gatePart, upPart }] : [];
    }),
  );
}

const startTile = (part: MatrixPart, slab: number, row: number) =>
  (slab - part.firstSlab) * tilesOf(part.rows) + (row - part.firstRow) / 16;
