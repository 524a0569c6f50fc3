// A block's scale as half precision.
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const largest = 0x7bff;

/**
 * The 16 bits of a scale ≥ 0, or of NaN: the nearest half, ties to the even one, but the next one up where halves are subnormal and so
 * far apart that codes on a smaller scale would not reach; the largest for what is too large.
 */
export function scaleToHalf(value: number): number {
  float[0] = value;
  const [word] = bits;
  if (word > 0x7f800000) return 0x7e00;
  // Below 2⁻¹⁴: whole multiples of 2⁻²⁴.
  if (word < 0x38800000) return Math.ceil(float[0] * 2 ** 24);
  const rounded = word + 0xfff + ((word >>> 13) & 1);
  return Math.min(largest, (rounded - 0x38000000) >>> 13);
}
