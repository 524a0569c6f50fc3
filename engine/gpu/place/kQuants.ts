// Places of the 256-value block types (spec 2.2), one block a group: eight planes of nibbles, one for each 32 values (byte j =
// value j low, value j + 16 high), then further bits, then scales, as weights_q*_k.wgsl say.
import type { PlaceRow } from './placeRow.ts';

const word = (source: Uint16Array, at: number): number => source[at] | (source[at + 1] << 16);
const lowNibbles = 0x0f0f0f0f;
const highNibbles = 0xf0f0f0f0 | 0;

/** 32 bytes whose low nibbles are one run of 32 values and whose high nibbles another, to their two planes. */
function placeNibblePair(source: Uint16Array, at: number, words: Uint32Array, low: number, high: number, base: number) {
  const toLow = base + low * 64;
  const toHigh = base + high * 64;
  for (let i = 0; i < 4; i++) {
    const first = word(source, at + 2 * i);
    const second = word(source, at + 8 + 2 * i);
    words[toLow + i] = (first & lowNibbles) | ((second & lowNibbles) << 4);
    words[toHigh + i] = ((first >>> 4) & lowNibbles) | (second & highNibbles);
  }
}

/** 12 bytes of 6-bit scales and minima, and d and dmin, to the form of k_scales.wgsl. */
function placeKScales(source: Uint16Array, at: number, words: Uint32Array, plane: number, base: number): void {
  const to = base + plane * 64;
  const a = word(source, at + 2); // scales 0–3, high bits of scales 4–7
  const b = word(source, at + 4); // minima 0–3, high bits of minima 4–7
  const c = word(source, at + 6); // low nibbles of scales 4–7 and of minima 4–7
  const minima = b & 0x3f3f3f3f;
  const laterScales = (c & lowNibbles) | ((a >>> 2) & 0x30303030);
  const laterMinima = ((c >>> 4) & lowNibbles) | ((b >>> 2) & 0x30303030);
  words[to] = word(source, at);
  words[to + 1] = (a & 0x3f3f3f3f) | ((minima & 0x03030303) << 6);
  words[to + 2] = laterScales | ((laterMinima & 0x03030303) << 6);
  let nibbles = 0;
  for (let u = 0; u < 4; u++) {
    nibbles |= ((minima >>> (8 * u + 2)) & 15) << (4 * u);
    nibbles |= ((laterMinima >>> (8 * u + 2)) & 15) << (4 * u + 16);
  }
  words[to + 3] = nibbles;
}

export const placeQ4K: PlaceRow = (source, at, _columns, words, base) => {
  for (let pair = 0; pair < 4; pair++) {
    placeNibblePair(source, at + 8 + 16 * pair, words, 2 * pair, 2 * pair + 1, base);
  }
  placeKScales(source, at, words, 8, base);
};

export const placeQ5K: PlaceRow = (source, at, _columns, words, base) => {
  for (let pair = 0; pair < 4; pair++) {
    placeNibblePair(source, at + 24 + 16 * pair, words, 2 * pair, 2 * pair + 1, base);
  }
  for (let u = 0; u < 8; u++) {
    let bits = 0;
    for (let k = 0; k < 8; k++) bits |= ((word(source, at + 8 + 2 * k) >>> u) & 0x01010101) << k;
    words[base + (8 + (u >> 2)) * 64 + (u & 3)] = bits;
  }
  placeKScales(source, at, words, 10, base);
};

/** d, a 16-bit value a row: two planes' worth of 16 rows, from word 832 of the group on. */
function placeRowScale(d: number, words: Uint32Array, base: number, row: number): void {
  const at = base - row * 4 + 832 + (row >> 1);
  words[at] = row & 1 ? (words[at] & 0xffff) | (d << 16) : (words[at] & 0xffff0000) | d;
}

export const placeQ6K: PlaceRow = (source, at, _columns, words, base, row) => {
  for (let half = 0; half < 2; half++) {
    const ql = at + 32 * half;
    placeNibblePair(source, ql, words, 4 * half, 4 * half + 2, base);
    placeNibblePair(source, ql + 16, words, 4 * half + 1, 4 * half + 3, base);
    const qh = at + 64 + 16 * half;
    for (let g = 0; g < 4; g++) {
      const block = 4 * half + g;
      const to = base + (8 + (block >> 1)) * 64 + 2 * (block & 1);
      for (let part = 0; part < 2; part++) {
        let bits = 0;
        for (let k = 0; k < 4; k++) {
          bits |= ((word(source, qh + 8 * part + 2 * k) >>> (2 * g)) & 0x03030303) << (2 * k);
        }
        words[to + part] = bits;
      }
    }
  }
  for (let i = 0; i < 4; i++) words[base + 12 * 64 + i] = word(source, at + 96 + 2 * i);
  placeRowScale(source[at + 104], words, base, row);
};

/** In the form of Q6_K: its values −4…3 become 28…35, its scales are whole numbers in −32…31 as they are. */
export const placeQ3K: PlaceRow = (source, at, _columns, words, base, row) => {
  const byte = (index: number) => (source[at + (index >> 1)] >>> (8 * (index & 1))) & 0xff;
  const nibbles = new Uint32Array(32);
  const bits = new Uint32Array(16);
  for (let e = 0; e < 256; e++) {
    const half = e >> 7;
    const g = (e >> 5) & 3;
    const l = e & 31;
    const low = (byte(32 + 32 * half + l) >> (2 * g)) & 3;
    const value = 28 + low + 4 * ((byte(l) >> (4 * half + g)) & 1);
    const block = e >> 5;
    const [k, b] = [(l >> 2) & 3, l & 3];
    nibbles[block * 4 + k] |= (value & 15) << (8 * b + 4 * (l >> 4));
    bits[block * 2 + (l >> 4)] |= (value >> 4) << (8 * b + 2 * k);
  }
  for (let block = 0; block < 8; block++) {
    words.set(nibbles.subarray(block * 4, block * 4 + 4), base + block * 64);
    words.set(bits.subarray(block * 2, block * 2 + 2), base + (8 + (block >> 1)) * 64 + 2 * (block & 1));
  }
  for (let i = 0; i < 4; i++) {
    let scales = 0;
    for (let b = 0; b < 4; b++) {
      const j = 4 * i + b;
      const low = j < 8 ? byte(96 + j) & 15 : byte(96 + j - 8) >> 4;
      const high = (byte(104 + (j & 3)) >> (2 * (j >> 2))) & 3;
      scales |= (((low | (high << 4)) - 32) & 0xff) << (8 * b);
    }
    words[base + 12 * 64 + i] = scales;
  }
  placeRowScale(source[at + 54], words, base, row);
};
