// Rows of a cache of keys or values (a head of a token each) as f16 or q8: CPU twin of kernels/shared/attention/kv_put_*.wgsl and of what
// reads them. q8: int8 in blocks of 32 with a scale, in the layout of kernels/shared/attention/kv_q8.wgsl.
import { halfToFloat } from '../format/dequantize/half.ts';
import { kvRowBytes, type KvType } from '../format/memoryNeeds.ts';

export interface KvRows {
  readonly byteLength: number;
  /** Rounds `count` rows from row `first` on, which lie there in `values` as well. */
  keep(values: Float32Array, first: number, count: number): void;
  /** The first `count` rows as f32. */
  fetch(into: Float32Array, count: number): void;
}

export function createKvRows(type: Exclude<KvType, 'f32'>, rows: number, headDim: number): KvRows {
  return type === 'f16' ? new HalfRows(rows, headDim) : new Q8Rows(rows, headDim);
}

class HalfRows implements KvRows {
  readonly byteLength: number;
  readonly #bits: Uint16Array;
  readonly #headDim: number;

  constructor(rows: number, headDim: number) {
    this.#bits = new Uint16Array(rows * headDim);
    this.#headDim = headDim;
    this.byteLength = this.#bits.byteLength;
  }

  keep(values: Float32Array, first: number, count: number): void {
    const end = (first + count) * this.#headDim;
    for (let i = first * this.#headDim; i < end; i++) this.#bits[i] = halfOf(values[i]);
  }

  fetch(into: Float32Array, count: number): void {
    for (let i = 0; i < count * this.#headDim; i++) into[i] = halfToFloat[this.#bits[i]];
  }
}

const blockSize = 32;

export class Q8Rows implements KvRows {
  readonly byteLength: number;
  /** As words they are what the GPU holds. */
  readonly memory: ArrayBuffer;
  readonly #headDim: number;
  readonly #rowBytes: number;
  readonly #rowScales: number;
  readonly #bytes: Int8Array;
  readonly #scales: Uint16Array;

  constructor(rows: number, headDim: number) {
    this.#headDim = headDim;
    this.#rowBytes = 4 * Math.ceil(headDim / 4);
    this.#rowScales = 2 * Math.ceil(headDim / (2 * blockSize));
    this.memory = new ArrayBuffer(rows * kvRowBytes('q8', headDim));
    this.byteLength = this.memory.byteLength;
    this.#bytes = new Int8Array(this.memory, 0, rows * this.#rowBytes);
    this.#scales = new Uint16Array(this.memory, this.#bytes.byteLength);
  }

  keep(values: Float32Array, first: number, count: number): void {
    for (let row = first; row < first + count; row++) {
      const from = row * this.#headDim;
      for (let i = 0; i < this.#headDim; i += blockSize) {
        const block = values.subarray(from + i, from + Math.min(i + blockSize, this.#headDim));
        const scale = scaleBits(block);
        this.#scales[row * this.#rowScales + i / blockSize] = scale;
        const inverse = scale < smallestScale ? 0 : Math.fround(1 / scaleOf(scale));
        for (let j = 0; j < block.length; j++) this.#bytes[row * this.#rowBytes + i + j] = toInt8(block[j], inverse);
      }
    }
  }

  fetch(into: Float32Array, count: number): void {
    for (let row = 0; row < count; row++)
      for (let i = 0; i < this.#headDim; i++) {
        const scale = scaleOf(this.#scales[row * this.#rowScales + Math.floor(i / blockSize)]);
        into[row * this.#headDim + i] = this.#bytes[row * this.#rowBytes + i] * scale;
      }
  }
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);
/** Below it a scale has no inverse: zeros. */
const smallestScale = 0x0100;

function scaleOf(bits: number): number {
  word[0] = bits << 16;
  return float[0];
}

/** The largest magnitude / 127, rounded up to the upper half of an f32; NaN and infinities count as largest. */
function scaleBits(block: Float32Array): number {
  let largest = 0;
  for (const value of block) {
    float[0] = value;
    largest = Math.max(largest, word[0] & 0x7fffffff);
  }
  word[0] = largest;
  float[0] = float[0] * Math.fround(1 / 127);
  return Math.min((word[0] + 0xffff) >>> 16, 0x7fff);
}

/** To the nearest, ties to even. */
function toInt8(value: number, inverse: number): number {
  const scaled = Math.max(-127, Math.min(127, Math.fround(value * inverse)));
  const below = Math.floor(scaled);
  const over = scaled - below;
  return over > 0.5 || (over === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** The nearest half, ties to even, clamped to what halves hold; NaN stays. */
function halfOf(value: number): number {
  float[0] = Math.max(-65504, Math.min(65504, value));
  const sign = (word[0] >>> 16) & 0x8000;
  const magnitude = word[0] & 0x7fffffff;
  if (magnitude > 0x7f800000) return 0x7e00;
  // Below 2⁻¹⁴: whole multiples of 2⁻²⁴, which adding 0.5 makes the last bits of an f32.
  if (magnitude < 0x38800000) {
    word[0] = magnitude;
    float[0] += 0.5;
    return sign | (word[0] - 0x3f000000);
  }
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}
