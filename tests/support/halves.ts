// f16 numbers in test data. By hand: Node's Float16Array crashes once SwiftShader has set the processor's float traps.

/** Bits of NaN, or of a number that f16 holds exactly as a normal number or zero, such as a multiple of 1/128 below 8. */
function bitsOf(value: number): number {
  if (value === 0) return 0;
  if (Number.isNaN(value)) return 0x7e00;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
}

function valueOf(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const magnitude = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction;
  return bits & 0x8000 ? -magnitude : magnitude;
}

/** To the nearest multiple of 1/128; no negative zero. */
export const toHalves = (values: Float32Array): Float32Array =>
  values.map((value) => Math.round(value * 128) / 128 + 0);

export const packHalves = (values: Float32Array): Uint16Array => Uint16Array.from(values, bitsOf);

export const unpackHalves = (words: Uint32Array): Float32Array =>
  Float32Array.from(new Uint16Array(words.buffer), valueOf);
