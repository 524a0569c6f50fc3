// The 32-value blocks of spec 2.2 with a linear code: Q8_0, Q4_0, Q4_1, Q5_0, Q5_1. Byte j of the nibbles holds value j low
// and value j + 16 high.
import { halfToFloat } from './half.ts';

export function dequantizeQ8_0(bytes: Uint8Array, out: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0, base = 0; base < out.length; at += 34, base += 32) {
    const scale = halfToFloat[bytes[at] | (bytes[at + 1] << 8)];
    for (let index = 0; index < 32; index++) out[base + index] = scale * signed[at + 2 + index];
  }
}

export function dequantizeQ4_0(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 18, base += 32) {
    const scale = halfToFloat[bytes[at] | (bytes[at + 1] << 8)];
    for (let index = 0; index < 16; index++) {
      const pair = bytes[at + 2 + index];
      out[base + index] = scale * ((pair & 15) - 8);
      out[base + 16 + index] = scale * ((pair >> 4) - 8);
    }
  }
}

export function dequantizeQ4_1(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 20, base += 32) {
    const scale = halfToFloat[bytes[at] | (bytes[at + 1] << 8)];
    const least = halfToFloat[bytes[at + 2] | (bytes[at + 3] << 8)];
    for (let index = 0; index < 16; index++) {
      const pair = bytes[at + 4 + index];
      out[base + index] = scale * (pair & 15) + least;
      out[base + 16 + index] = scale * (pair >> 4) + least;
    }
  }
}

export function dequantizeQ5_0(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 22, base += 32) {
    const scale = halfToFloat[bytes[at] | (bytes[at + 1] << 8)];
    const high = bytes[at + 2] | (bytes[at + 3] << 8) | (bytes[at + 4] << 16) | (bytes[at + 5] << 24);
    for (let index = 0; index < 16; index++) {
      const pair = bytes[at + 6 + index];
      out[base + index] = scale * (((pair & 15) | (((high >> index) & 1) << 4)) - 16);
      out[base + 16 + index] = scale * (((pair >> 4) | (((high >> (index + 16)) & 1) << 4)) - 16);
    }
  }
}

export function dequantizeQ5_1(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, base = 0; base < out.length; at += 24, base += 32) {
    const scale = halfToFloat[bytes[at] | (bytes[at + 1] << 8)];
    const least = halfToFloat[bytes[at + 2] | (bytes[at + 3] << 8)];
    const high = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
    for (let index = 0; index < 16; index++) {
      const pair = bytes[at + 8 + index];
      out[base + index] = scale * ((pair & 15) | (((high >> index) & 1) << 4)) + least;
      out[base + 16 + index] = scale * ((pair >> 4) | (((high >> (index + 16)) & 1) << 4)) + least;
    }
  }
}
