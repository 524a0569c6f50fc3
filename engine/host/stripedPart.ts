// A part of a file that several workers (weightReader.ts) read at once, a stripe each in turn, as if it came from front to back.
import { EngineError } from '../errors.ts';
import type { FileAddress } from './filePart.ts';
import type { Block, FromReader, ToReader } from './weightReader.ts';

/** How a host reads large files. The memory of blocks is at most `count` × `stripeBytes`: each worker reads a stripe ahead. */
export interface Readers {
  /** Most workers for a file. */
  count: number;
  /** For fewer bytes none are started. */
  worthBytes: number;
  stripeBytes: number;
  /** What is handed over at once. */
  blockBytes: number;
  start: () => Worker;
}

export class StripedPart {
  readonly end: number;
  readonly #readers: Reader[];
  readonly #from: number;
  readonly #stripeBytes: number;
  readonly #onVersion: (version: string | null) => void;
  readonly #turns = new MessageChannel();
  #position: number;
  /** What was handed over last, by whom, and how much of it is used. */
  #block: (Block & { reader: Reader; used: number }) | null = null;

  private constructor(
    readers: Reader[],
    { from, end, stripeBytes }: { from: number; end: number; stripeBytes: number },
    onVersion: (version: string | null) => void,
  ) {
    this.end = end;
    this.#readers = readers;
    this.#from = from;
    this.#stripeBytes = stripeBytes;
    this.#onVersion = onVersion;
    this.#position = from;
  }

  /** @param onVersion - told of every block's; what it throws, reads throw. @returns null where workers cannot be started */
  static async open(
    file: FileAddress,
    { from, end }: { from: number; end: number },
    { count: most, stripeBytes, blockBytes, start }: Readers,
    onVersion: (version: string | null) => void,
  ): Promise<StripedPart | null> {
    const count = Math.min(most, Math.ceil((end - from) / stripeBytes));
    const readers: Reader[] = [];
    try {
      while (readers.length < count) readers.push(new Reader(start()));
      await Promise.all(readers.map((reader) => reader.next()));
    } catch {
      for (const reader of readers) reader.end();
      return null;
    }
    // One alone reads all in one response.
    const stripe = { stripeBytes: count === 1 ? end - from : stripeBytes, blockBytes, end };
    for (const [index, reader] of readers.entries()) {
      const [first, stepBytes] = [from + index * stripe.stripeBytes, count * stripe.stripeBytes];
      const blockCount = Math.max(1, Math.floor(stripeBytes / blockBytes));
      reader.send({ kind: 'read', stripes: { file, from: first, stepBytes, blockCount, ...stripe } });
    }
    return new StripedPart(readers, { from, ...stripe }, onVersion);
  }

  get position(): number {
    return this.#position;
  }

  /** @throws EngineError as the workers throw it; `source-failed` when one of them ends */
  async fill(out: Uint8Array): Promise<void> {
    for (let filled = 0; filled < out.length;) {
      const block = (this.#block ??= await this.#next());
      const length = Math.min(block.length - block.used, out.length - filled);
      out.set(new Uint8Array(block.memory, block.used, length), filled);
      filled += length;
      block.used += length;
      this.#position += length;
      if (block.used < block.length) continue;
      block.reader.send({ kind: 'used', memory: block.memory }, [block.memory]);
      this.#block = null;
    }
  }

  /** Ends the workers, and with them their requests. */
  cancel(): void {
    for (const reader of this.#readers) reader.end();
    this.#turns.port1.close();
  }

  async #next(): Promise<Block & { reader: Reader; used: number }> {
    const stripe = Math.floor((this.#position - this.#from) / this.#stripeBytes);
    const reader = this.#readers[stripe % this.#readers.length];
    await this.#turn();
    const message = await reader.next();
    if (message.kind !== 'block')
      throw new EngineError('internal', 'A reader of weights lost its place.', message.kind);
    this.#onVersion(message.version);
    return { ...message, reader, used: 0 };
  }

  /** Lets other messages in, such as that to stop: with blocks that are here already a load could stay in one task for long. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.port1.onmessage = () => resolve();
      this.#turns.port2.postMessage(null);
    });
  }
}

/** The worker seen from outside: what it has sent is taken one by one, and waited for. */
class Reader {
  readonly #worker: Worker;
  readonly #arrived: FromReader[] = [];
  #arrive = () => {};

  constructor(worker: Worker) {
    this.#worker = worker;
    const take = (message: FromReader) => {
      this.#arrived.push(message);
      this.#arrive();
    };
    worker.onmessage = ({ data }: MessageEvent<FromReader>) => take(data);
    worker.onerror = (event) => {
      // It would count as an error of the engine's worker.
      event.preventDefault();
      const detail = event.message || 'The worker could not be started.';
      take({ kind: 'failed', error: { code: 'source-failed', message: 'Reading the model failed.', detail } });
    };
  }

  async next(): Promise<Exclude<FromReader, { kind: 'failed' }>> {
    while (this.#arrived.length === 0) await new Promise<void>((resolve) => (this.#arrive = resolve));
    const message = this.#arrived.shift()!;
    if (message.kind !== 'failed') return message;
    throw new EngineError(message.error.code, message.error.message, message.error.detail);
  }

  send(message: ToReader, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  end(): void {
    this.#worker.terminate();
  }
}
