// A response's body by counts of bytes. Where the body lets it, they come by way of memory that goes round: a new array for every
// chunk, as arrayBuffer() and plain readers make it, costs more than all the rest of the way (engine/LOG.md).

/** Stays in a processor's cache between being filled and being copied on. */
const memoryBytes = 512 * 1024;

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

export class BodyBytes {
  /** Gives the next bytes, at most so many or more than that; empty at the end. */
  readonly #next: (most: number) => Promise<Uint8Array>;
  readonly #cancel: () => Promise<void>;
  /** Null where the body hands out only memory of its own. */
  readonly #own: ReadableStreamBYOBReader | null;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(body: Body) {
    const own = (this.#own = ownMemoryReader(body));
    if (own) {
      let memory = new ArrayBuffer(memoryBytes);
      this.#next = async (most) => {
        const { value } = await own.read(new Uint8Array(memory, 0, Math.min(most, memoryBytes)));
        if (!value) return new Uint8Array(0);
        memory = value.buffer;
        return value;
      };
      this.#cancel = () => own.cancel();
    } else {
      const reader = body.getReader();
      this.#next = async () => (await reader.read()).value ?? new Uint8Array(0);
      this.#cancel = () => reader.cancel();
    }
  }

  /** Fills `out` and returns how many bytes there were before the end. @throws what the body throws */
  async fill(out: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < out.length) {
      const wanted = out.length - filled;
      const bytes = this.#rest.length > 0 ? this.#rest : await this.#next(wanted);
      if (bytes.length === 0) break;
      out.set(bytes.subarray(0, wanted), filled);
      filled += Math.min(wanted, bytes.length);
      this.#rest = bytes.subarray(wanted);
    }
    return filled;
  }

  /**
   * Fills the first `length` bytes of `memory`, which is given away and comes back as another object: without a copy of what is read
   * where the body lets it. Fewer only at the end. @throws what the body throws
   */
  async fillMemory(memory: ArrayBuffer, length: number): Promise<{ memory: ArrayBuffer; length: number }> {
    let filled = 0;
    if (!this.#own) filled = await this.fill(new Uint8Array(memory, 0, length));
    else
      while (filled < length) {
        const { value } = await this.#own.read(new Uint8Array(memory, filled, length - filled));
        if (!value) break;
        memory = value.buffer;
        if (value.length === 0) break;
        filled += value.length;
      }
    return { memory, length: filled };
  }

  /** Reads no more of it; a body that has failed already is as good as cancelled. */
  async cancel(): Promise<void> {
    await this.#cancel().catch(() => {});
  }
}

/** null where the body hands out only memory of its own. */
function ownMemoryReader(body: Body): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' });
  } catch {
    return null;
  }
}
