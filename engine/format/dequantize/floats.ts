// F32, F16 and BF16 as stored to Float32Array. Little-endian, as every machine that runs JavaScript.
import { halfToFloat } from './half.ts';

export function dequantizeF32(bytes: Uint8Array, out: Float32Array): void {
  new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes.subarray(0, out.byteLength));
}

export function dequantizeF16(bytes: Uint8Array, out: Float32Array): void {
  for (let index = 0; index < out.length; index++)
    out[index] = halfToFloat[bytes[2 * index] | (bytes[2 * index + 1] << 8)]!;
}

export function dequantizeBF16(bytes: Uint8Array, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let index = 0; index < bits.length; index++)
    bits[index] = (bytes[2 * index] << 16) | (bytes[2 * index + 1] << 24);
}
