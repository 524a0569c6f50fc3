// Places of F32, F16 and BF16 weights: planes of four f32, or of eight 16-bit values, in column order.
import type { PlaceRow } from './placeRow.ts';

export const placeFloats: PlaceRow = (source, at, columns, words, base) => {
  for (let c = 0; c < columns; c++) {
    const word = source[at + 2 * c] | (source[at + 2 * c + 1] << 16);
    words[base + (c >> 2) * 64 + (c & 3)] = word;
  }
};

export const placeFloats16: PlaceRow = (source, at, columns, words, base) => {
  for (let c = 0; c < columns; c += 2) {
    const next = c + 1 < columns ? source[at + c + 1] : 0;
    words[base + (c >> 3) * 64 + ((c >> 1) & 3)] = source[at + c] | (next << 16);
  }
};
