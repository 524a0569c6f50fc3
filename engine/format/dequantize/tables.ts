// Blocks whose codes index a table (spec 2.2): IQ4_NL, IQ4_XS and MXFP4.
import { halfToFloat } from './half.ts';

const nonLinear = new Float32Array([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]);
/** Twice the e2m1 values; the scale is half as large in turn. */
const e2m1 = new Float32Array([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]);
const powersOfTwo = new Float32Array(256).map((_, exponent) => 2 ** (exponent - 128));

export function dequantizeIQ4_NL(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 18, base += 32)
    lookUp(bytes, at + 2, nonLinear, halfToFloat[bytes[at] | (bytes[at + 1] << 8)], out, base);
}

export function dequantizeIQ4_XS(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 136, base += 256) {
    const scale = halfToFloat[bytes[at] | (bytes[at + 1] << 8)];
    const high = bytes[at + 2] | (bytes[at + 3] << 8);
    for (let sub = 0; sub < 8; sub++) {
      const low = (bytes[at + 4 + (sub >> 1)] >> (4 * (sub & 1))) & 15;
      const subScale = (low | (((high >> (2 * sub)) & 3) << 4)) - 32;
      lookUp(bytes, at + 8 + 16 * sub, nonLinear, scale * subScale, out, base + 32 * sub);
    }
  }
}

export function dequantizeMXFP4(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 17, base += 32)
    lookUp(bytes, at + 1, e2m1, powersOfTwo[bytes[at]], out, base);
}

/** 32 values from 16 bytes of nibbles: low nibbles first. */
function lookUp(
  bytes: Uint8Array,
  at: number,
  table: Float32Array,
  scale: number,
  out: Float32Array,
  base: number,
): void {
  for (let index = 0; index < 16; index++) {
    const pair = bytes[at + index];
    out[base + index] = scale * table[pair & 15];
    out[base + 16 + index] = scale * table[pair >> 4];
  }
}
