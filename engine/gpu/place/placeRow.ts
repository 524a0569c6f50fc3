// What every placing of weights has in common: see weightLayouts.ts for the layout as a whole.

/**
 * Puts one row's share of one group of 256 columns in its place.
 * @param source the stored bytes as 16-bit words; `at`: where this share starts; `columns`: how many it has
 * @param words 32-bit words of the matrix; plane p of this row and group is the four from base + p · 64 on
 * @param row within its tile of 16
 */
export type PlaceRow = (
  source: Uint16Array,
  at: number,
  columns: number,
  words: Uint32Array,
  base: number,
  row: number,
) => void;
