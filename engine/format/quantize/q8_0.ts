// Q8_0 (spec 2.2): blocks of 32 values, each a whole number from −127 to 127 times the block's scale. CPU twin of
// kernels/store_q8_0.wgsl.
import { halfToFloat } from '../dequantize/half.ts';
import { scaleToHalf } from './half.ts';

/** Whole blocks; a block with NaN or infinity gets a scale of NaN, so that what is computed with it says so. */
export function quantizeQ8_0(values: Float32Array, out: Uint8Array): void {
  const signed = new Int8Array(out.buffer, out.byteOffset, out.byteLength);
  for (let base = 0, at = 0; base < values.length; base += 32, at += 34) {
    let largest = 0;
    // NaN compares as false, so that the sum has to tell it.
    let sum = 0;
    for (let i = base; i < base + 32; i++) {
      const magnitude = Math.abs(values[i]);
      if (magnitude > largest) largest = magnitude;
      sum += magnitude;
    }
    const half = scaleToHalf(Number.isFinite(sum) ? largest / 127 : NaN);
    out[at] = half & 0xff;
    out[at + 1] = half >> 8;
    const scale = halfToFloat[half];
    const inverse = scale > 0 ? 1 / scale : 0;
    for (let i = 0; i < 32; i++) {
      const nearest = Math.round(values[base + i] * inverse);
      signed[at + 2 + i] = nearest > 127 ? 127 : nearest < -127 ? -127 : nearest;
    }
  }
}
