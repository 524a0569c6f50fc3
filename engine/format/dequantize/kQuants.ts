// The 256-value blocks of spec 2.2: Q2_K to Q6_K. Halves of 128 values, each four groups of 32 that share bytes by 2-bit or
// 4-bit shifts.
import { halfToFloat } from './half.ts';

export function dequantizeQ2_K(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 84, base += 256) {
    const scale = halfToFloat[bytes[at + 80] | (bytes[at + 81] << 8)];
    const least = halfToFloat[bytes[at + 82] | (bytes[at + 83] << 8)];
    for (let sub = 0; sub < 16; sub++) {
      const code = bytes[at + sub];
      const subScale = scale * (code & 15);
      const subLeast = least * (code >> 4);
      const codes = at + 16 + 32 * (sub >> 3) + 16 * (sub & 1);
      const shift = sub & 6;
      for (let index = 0; index < 16; index++)
        out[base + 16 * sub + index] = subScale * ((bytes[codes + index] >> shift) & 3) - subLeast;
    }
  }
}

export function dequantizeQ3_K(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 110, base += 256) {
    const scale = halfToFloat[bytes[at + 108] | (bytes[at + 109] << 8)];
    for (let sub = 0; sub < 16; sub++) {
      const lowBits = sub < 8 ? bytes[at + 96 + sub] & 15 : bytes[at + 88 + sub] >> 4;
      const highBits = (bytes[at + 104 + (sub & 3)] >> (2 * (sub >> 2))) & 3;
      const subScale = scale * ((lowBits | (highBits << 4)) - 32);
      const codes = at + 32 + 32 * (sub >> 3) + 16 * (sub & 1);
      const highMask = at + 16 * (sub & 1);
      const shift = sub & 6;
      const maskShift = sub >> 1;
      for (let index = 0; index < 16; index++) {
        const code = ((bytes[codes + index] >> shift) & 3) | (((bytes[highMask + index] >> maskShift) & 1) << 2);
        out[base + 16 * sub + index] = subScale * (code - 4);
      }
    }
  }
}

export function dequantizeQ4_K(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 144, base += 256) {
    const scale = halfToFloat[bytes[at] | (bytes[at + 1] << 8)];
    const least = halfToFloat[bytes[at + 2] | (bytes[at + 3] << 8)];
    for (let sub = 0; sub < 8; sub++) {
      const subScale = scale * scaleOf(bytes, at + 4, sub);
      const subLeast = least * leastOf(bytes, at + 4, sub);
      const codes = at + 16 + 32 * (sub >> 1);
      const shift = 4 * (sub & 1);
      for (let index = 0; index < 32; index++)
        out[base + 32 * sub + index] = subScale * ((bytes[codes + index] >> shift) & 15) - subLeast;
    }
  }
}

export function dequantizeQ5_K(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 176, base += 256) {
    const scale = halfToFloat[bytes[at] | (bytes[at + 1] << 8)];
    const least = halfToFloat[bytes[at + 2] | (bytes[at + 3] << 8)];
    for (let sub = 0; sub < 8; sub++) {
      const subScale = scale * scaleOf(bytes, at + 4, sub);
      const subLeast = least * leastOf(bytes, at + 4, sub);
      const codes = at + 48 + 32 * (sub >> 1);
      const shift = 4 * (sub & 1);
      for (let index = 0; index < 32; index++) {
        const high = (bytes[at + 16 + index] >> sub) & 1;
        out[base + 32 * sub + index] = subScale * (((bytes[codes + index] >> shift) & 15) | (high << 4)) - subLeast;
      }
    }
  }
}

export function dequantizeQ6_K(bytes: Uint8Array, out: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0, base = 0; base < out.length; at += 210, base += 256) {
    const scale = halfToFloat[bytes[at + 208] | (bytes[at + 209] << 8)];
    for (let sub = 0; sub < 16; sub++) {
      const subScale = scale * signed[at + 192 + sub];
      const group = (sub >> 1) & 3;
      const half = sub >> 3;
      const column = 16 * (sub & 1);
      const low = at + 64 * half + 32 * (group & 1) + column;
      const lowShift = 2 * (group & 2);
      const high = at + 128 + 32 * half + column;
      const highShift = 2 * group;
      for (let index = 0; index < 16; index++) {
        const code = ((bytes[low + index] >> lowShift) & 15) | (((bytes[high + index] >> highShift) & 3) << 4);
        out[base + 16 * sub + index] = subScale * (code - 32);
      }
    }
  }
}

/** 6-bit scale of sub-block 0…7 from the 12 packed bytes of Q4_K and Q5_K. */
function scaleOf(bytes: Uint8Array, at: number, sub: number): number {
  return sub < 4 ? bytes[at + sub] & 63 : (bytes[at + sub + 4] & 15) | ((bytes[at + sub - 4] >> 6) << 4);
}

/** 6-bit minimum of sub-block 0…7. */
function leastOf(bytes: Uint8Array, at: number, sub: number): number {
  return sub < 4 ? bytes[at + sub + 4] & 63 : (bytes[at + sub + 4] >> 4) | ((bytes[at + sub] >> 6) << 4);
}
