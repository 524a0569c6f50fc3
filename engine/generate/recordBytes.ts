// Bytes of a token record, written and read in order: numbers of few bytes, texts with their length. Little-endian.

export class RecordWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  readonly #utf8 = new TextEncoder();

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  two(value: number): void {
    this.byte(value & 0xff);
    this.byte(value >>> 8);
  }

  three(value: number): void {
    this.two(value & 0xffff);
    this.byte(value >>> 16);
  }

  float(value: number): void {
    this.#room(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** Seven bits a byte, the lowest first; value < 2³². */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** undefined comes back as undefined. */
  optionalText(text: string | undefined): void {
    if (text === undefined) return this.varint(0);
    const encoded = this.#utf8.encode(text);
    this.varint(encoded.length + 1);
    this.#room(encoded.length);
    this.#bytes.set(encoded, this.#length);
    this.#length += encoded.length;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #room(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + count));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** Every method throws RangeError where the bytes end or make no sense. */
export class RecordReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  two(): number {
    return this.byte() | (this.byte() << 8);
  }

  three(): number {
    return this.two() | (this.byte() << 16);
  }

  float(): number {
    this.#at += 4;
    return this.#view.getFloat32(this.#at - 4, true);
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('number too long');
  }

  /** Of things that take a byte each at least. */
  count(): number {
    return this.checked(this.varint());
  }

  checked(count: number): number {
    if (count > this.#bytes.length - this.#at) throw new RangeError('more than there is');
    return count;
  }

  optionalText(): string | undefined {
    const length = this.varint();
    if (length === 0) return undefined;
    const from = this.#at;
    this.#at += this.checked(length - 1);
    return this.#utf8.decode(this.#bytes.subarray(from, this.#at));
  }
}
