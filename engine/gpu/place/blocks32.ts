// Places of the 32-value block types (spec 2.2), eight blocks a group. Planes: the values (nibbles: a plane a block, byte j =
// value j low, value j + 16 high, as stored; Q8_0: two planes), then fifth bits, then scales, as weights_q*.wgsl say.
import type { PlaceRow } from './placeRow.ts';

const iq4Values = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

const word = (source: Uint16Array, at: number): number => source[at] | (source[at + 1] << 16);

/** Copies a block's 16 bytes of nibbles to plane `block`. */
function placeNibbles(source: Uint16Array, at: number, words: Uint32Array, block: number, base: number): void {
  const to = base + block * 64;
  for (let i = 0; i < 4; i++) words[to + i] = word(source, at + 2 * i);
}

/** From bit j for value j to bit k of byte b for value 4k + b, four blocks a plane. */
function placeFifthBits(bits: number, words: Uint32Array, block: number, base: number): void {
  let placed = 0;
  for (let k = 0; k < 8; k++) {
    const four = (bits >>> (4 * k)) & 15;
    placed |= ((four & 1) | ((four & 2) << 7) | ((four & 4) << 14) | ((four & 8) << 21)) << k;
  }
  words[base + (8 + (block >> 2)) * 64 + (block & 3)] = placed;
}

/** A 16-bit scale a block, eight in plane `plane`. */
function placeScale(scale: number, words: Uint32Array, plane: number, block: number, base: number): void {
  const at = base + plane * 64 + (block >> 1);
  words[at] = block & 1 ? (words[at] & 0xffff) | (scale << 16) : scale;
}

export const placeQ8_0: PlaceRow = (source, at, columns, words, base) => {
  for (let block = 0; block * 32 < columns; block++, at += 17) {
    for (let i = 0; i < 8; i++) {
      words[base + (2 * block + (i >> 2)) * 64 + (i & 3)] = word(source, at + 1 + 2 * i);
    }
    placeScale(source[at], words, 16, block, base);
  }
};

/** As Q8_0: the table's values are whole numbers in −127…113. */
export const placeIq4Nl: PlaceRow = (source, at, columns, words, base) => {
  for (let block = 0; block * 32 < columns; block++, at += 9) {
    for (let i = 0; i < 4; i++) {
      const nibbles = word(source, at + 1 + 2 * i);
      let low = 0;
      let high = 0;
      for (let shift = 0; shift < 32; shift += 8) {
        low |= (iq4Values[(nibbles >>> shift) & 15] & 0xff) << shift;
        high |= (iq4Values[(nibbles >>> (shift + 4)) & 15] & 0xff) << shift;
      }
      words[base + 2 * block * 64 + i] = low;
      words[base + (2 * block + 1) * 64 + i] = high;
    }
    placeScale(source[at], words, 16, block, base);
  }
};

export const placeQ4_0: PlaceRow = (source, at, columns, words, base) => {
  for (let block = 0; block * 32 < columns; block++, at += 9) {
    placeNibbles(source, at + 1, words, block, base);
    placeScale(source[at], words, 8, block, base);
  }
};

export const placeQ4_1: PlaceRow = (source, at, columns, words, base) => {
  for (let block = 0; block * 32 < columns; block++, at += 10) {
    placeNibbles(source, at + 2, words, block, base);
    words[base + (8 + (block >> 2)) * 64 + (block & 3)] = word(source, at);
  }
};

export const placeQ5_0: PlaceRow = (source, at, columns, words, base) => {
  for (let block = 0; block * 32 < columns; block++, at += 11) {
    placeNibbles(source, at + 3, words, block, base);
    placeFifthBits(word(source, at + 1), words, block, base);
    placeScale(source[at], words, 10, block, base);
  }
};

export const placeQ5_1: PlaceRow = (source, at, columns, words, base) => {
  for (let block = 0; block * 32 < columns; block++, at += 12) {
    placeNibbles(source, at + 4, words, block, base);
    placeFifthBits(word(source, at + 2), words, block, base);
    words[base + (10 + (block >> 2)) * 64 + (block & 3)] = word(source, at);
  }
};
