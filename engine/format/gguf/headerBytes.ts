// Reads the primitives of GGUF (spec 2.1) from the first bytes of a file. Knows no key and no tensor.
import { EngineError } from '../../errors.ts';

/** Nothing in a header may be longer: a hostile length must not make us allocate. */
const longestString = 16 * 2 ** 20;
const longestArray = 4 * 2 ** 20;

/** Thrown where the file goes on but the bytes at hand do not; whoever reads the file catches it and reads more. */
export class MoreBytesNeeded extends Error {
  readonly byteLength: number;

  constructor(byteLength: number) {
    super(`needs ${byteLength} bytes`);
    this.byteLength = byteLength;
  }
}

const text = new TextDecoder('utf-8', { ignoreBOM: true });

export class HeaderBytes {
  offset = 0;
  readonly fileName: string;
  readonly #fileLength: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** `bytes` are the first of a file of `fileLength`. */
  constructor(fileName: string, fileLength: number, bytes: Uint8Array) {
    this.fileName = fileName;
    this.#fileLength = fileLength;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A u64 that counts something; beyond 2⁵³ it is refused. */
  size(what: string): number {
    const at = this.#take(8);
    const value = this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
    if (!Number.isSafeInteger(value))
      throw new EngineError('bad-metadata', `The ${what} in the header of ${this.fileName} is impossibly large.`);
    return value;
  }

  string(what: string, longest = longestString): string {
    const length = this.size(`length of a ${what}`);
    if (length > longest)
      throw new EngineError('bad-metadata', `A ${what} in the header of ${this.fileName} is ${length} bytes long.`);
    const at = this.#take(length);
    return text.decode(this.#bytes.subarray(at, at + length));
  }

  /** A value of metadata: numbers as number (64-bit ones beyond 2⁵³ as bigint), arrays as typed arrays or strings. */
  value(type: number, key: string): unknown {
    switch (type) {
      case 7:
        return this.#bytes[this.#take(1)] !== 0;
      case 8:
        return this.string(`value of "${key}"`);
      case 9:
        return this.#array(key);
      default:
        return this.#number(type, key);
    }
  }

  #number(type: number, key: string): number | bigint {
    const view = this.#view;
    switch (type) {
      case 0:
        return view.getUint8(this.#take(1));
      case 1:
        return view.getInt8(this.#take(1));
      case 2:
        return view.getUint16(this.#take(2), true);
      case 3:
        return view.getInt16(this.#take(2), true);
      case 4:
        return view.getUint32(this.#take(4), true);
      case 5:
        return view.getInt32(this.#take(4), true);
      case 6:
        return view.getFloat32(this.#take(4), true);
      case 10:
        return narrow(view.getBigUint64(this.#take(8), true));
      case 11:
        return narrow(view.getBigInt64(this.#take(8), true));
      case 12:
        return view.getFloat64(this.#take(8), true);
      default:
        throw new EngineError('bad-metadata', `"${key}" in ${this.fileName} has the unknown value type ${type}.`);
    }
  }

  #array(key: string): unknown {
    const type = this.uint32();
    const count = this.size(`length of "${key}"`);
    if (count > longestArray)
      throw new EngineError('bad-metadata', `"${key}" in ${this.fileName} lists ${count} values, more than any model.`);
    if (type === 8) {
      this.#need(count * 8);
      const strings: string[] = [];
      for (let index = 0; index < count; index++) strings.push(this.string(`value of "${key}"`));
      return strings;
    }
    const Numbers = arrayOf[type];
    if (!Numbers)
      throw new EngineError('bad-metadata', `"${key}" in ${this.fileName} lists values of the unknown type ${type}.`);
    const length = count * Numbers.BYTES_PER_ELEMENT;
    const at = this.#take(length);
    return new Numbers(this.#bytes.slice(at, at + length).buffer);
  }

  #take(length: number): number {
    this.#need(length);
    const at = this.offset;
    this.offset += length;
    return at;
  }

  #need(length: number): void {
    const end = this.offset + length;
    if (end > this.#fileLength)
      throw new EngineError('truncated', `${this.fileName} ends in the middle of its header.`);
    if (end > this.#bytes.length) throw new MoreBytesNeeded(end);
  }
}

const narrow = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

type NumbersConstructor = { BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer): ArrayBufferView };

/** By value type; the machine is little-endian, as all that run JavaScript are. Booleans stay bytes. */
const arrayOf: Record<number, NumbersConstructor> = {
  0: Uint8Array,
  1: Int8Array,
  2: Uint16Array,
  3: Int16Array,
  4: Uint32Array,
  5: Int32Array,
  6: Float32Array,
  7: Uint8Array,
  10: BigUint64Array,
  11: BigInt64Array,
  12: Float64Array,
};
