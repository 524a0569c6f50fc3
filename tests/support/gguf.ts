// Writes tiny GGUF files for tests, right or deliberately wrong.
import { tensorTypes, rowBytes, type TensorType } from '../../engine/format/tensorTypes.ts';

/** A plain number is written as u32 where it is a whole one, else as f32; arrays as strings, i32 or f32. */
export type GgufValue = number | boolean | string | string[] | number[] | { type: number; bytes: Uint8Array };

export interface GgufTensorInput {
  name: string;
  type: TensorType;
  /** Innermost first. */
  dims: number[];
  /** Left out: zeros. */
  data?: Uint8Array | Float32Array;
  /** Wrong on purpose, instead of what follows from the order. */
  offset?: number;
  typeId?: number;
}

export interface GgufInput {
  version?: number;
  magic?: string;
  alignment?: number;
  metadata: Record<string, GgufValue> | [string, GgufValue][];
  tensors?: GgufTensorInput[];
}

export function writeGguf({
  version = 3,
  magic = 'GGUF',
  alignment = 32,
  metadata,
  tensors = [],
}: GgufInput): Uint8Array {
  const out = new Bytes();
  out.append(new TextEncoder().encode(magic));
  out.uint32(version);
  out.uint64(tensors.length);
  const entries = Array.isArray(metadata) ? metadata : Object.entries(metadata);
  out.uint64(entries.length);
  for (const [key, value] of entries) {
    out.string(key);
    writeValue(out, value);
  }
  let offset = 0;
  const contents = tensors.map((tensor) => {
    const byteLength = rowBytes(tensor.type, tensor.dims[0]) * tensor.dims.slice(1).reduce((a, b) => a * b, 1);
    const bytes = tensor.data ? bytesOf(tensor.data) : new Uint8Array(Math.ceil(byteLength));
    out.string(tensor.name);
    out.uint32(tensor.dims.length);
    for (const width of tensor.dims) out.uint64(width);
    out.uint32(tensor.typeId ?? tensorTypes[tensor.type].id);
    out.uint64(tensor.offset ?? offset);
    offset += Math.ceil(bytes.length / alignment) * alignment;
    return bytes;
  });
  out.pad(alignment);
  for (const bytes of contents) {
    out.append(bytes);
    out.pad(alignment);
  }
  return out.toBytes();
}

function writeValue(out: Bytes, value: GgufValue): void {
  if (typeof value === 'string') {
    out.uint32(8);
    out.string(value);
  } else if (typeof value === 'boolean') {
    out.uint32(7);
    out.append(new Uint8Array([value ? 1 : 0]));
  } else if (typeof value === 'number') {
    const whole = Number.isInteger(value) && value >= 0;
    out.uint32(whole ? 4 : 6);
    out.append(bytesOf(whole ? new Uint32Array([value]) : new Float32Array([value])));
  } else if (Array.isArray(value)) {
    out.uint32(9);
    const isText = typeof value[0] === 'string';
    const whole = value.every(Number.isInteger);
    out.uint32(isText ? 8 : whole ? 5 : 6);
    out.uint64(value.length);
    if (isText) for (const text of value as string[]) out.string(text);
    else out.append(bytesOf(whole ? new Int32Array(value as number[]) : new Float32Array(value as number[])));
  } else {
    out.uint32(value.type);
    out.append(value.bytes);
  }
}

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Grows by doubling. */
class Bytes {
  #bytes = new Uint8Array(4096);
  #length = 0;

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  uint32(value: number): void {
    this.append(bytesOf(new Uint32Array([value])));
  }

  uint64(value: number): void {
    this.append(bytesOf(new BigUint64Array([BigInt(value)])));
  }

  string(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.uint64(bytes.length);
    this.append(bytes);
  }

  pad(alignment: number): void {
    this.append(new Uint8Array((alignment - (this.#length % alignment)) % alignment));
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
