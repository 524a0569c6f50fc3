// Model files behind addresses that answer ranged GET requests: weights:// in Electron, the web shell's /weights/ in a browser.
// A file that is read from front to back comes in one response: a request for every read cost twice the time (engine/LOG.md).
import { EngineError } from '../errors.ts';
import type { ModelFiles, WeightSource } from '../format/source.ts';
import type { ModelLocation } from '../protocol.ts';
import { BodyBytes } from './bodyBytes.ts';

/** A read of this many bytes is taken for the first of many: it asks for all of the rest of the file. Shorter ones are of headers. */
const longRead = 2 ** 20;
/** What is left out between two reads is read and dropped up to so many bytes; further on another request is sooner there. */
const longestSkip = 2 ** 20;
/** A response that nobody reads from holds a connection, and the file. */
const idleMs = 1000;

export function fetchFiles(location: ModelLocation): ModelFiles {
  const files = new Map(location.files.map((file) => [file.name, file]));
  return {
    names: [...files.keys()],
    open(name) {
      const file = files.get(name);
      if (!file) throw new EngineError('source-failed', `The model has no file named ${name}.`);
      return new FetchedFile(name, file.url, file.byteLength);
    },
  };
}

/** A response that is read from: what it still has begins at `position` of the file and ends at `end`. */
interface Stream {
  bytes: BodyBytes;
  position: number;
  end: number;
  /** It did not say of itself that it is a part. */
  unsaid: boolean;
}

class FetchedFile implements WeightSource {
  readonly name: string;
  readonly byteLength: number;
  readonly reusesMemory = true;
  readonly #url: string;
  /** Reads take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #stream: Stream | null = null;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, url: string, byteLength: number) {
    this.name = name;
    this.#url = url;
    this.byteLength = byteLength;
  }

  async read(offset: number, length: number, into = new Uint8Array(length)): Promise<Uint8Array> {
    if (offset + length > this.byteLength) throw new EngineError('truncated', `The file ${this.name} ends too early.`);
    clearTimeout(this.#idle);
    this.#waiting++;
    const read = this.#turn.then(() => this.#take(offset, into));
    this.#turn = read.catch(() => this.#close());
    try {
      await read;
      return into;
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError('source-failed', `The file ${this.name} cannot be read any more.`, String(error));
    } finally {
      if (--this.#waiting === 0) this.#idle = setTimeout(() => this.#close(), idleMs);
    }
  }

  async #take(offset: number, into: Uint8Array): Promise<void> {
    if (into.length === 0) return;
    const stream = (await this.#skipTo(offset)) ?? (await this.#open(offset, into.length));
    await this.#fill(stream, into);
    if (stream.position < stream.end) return;
    // Only now it shows whether a part was sent at all, where that was not said.
    const beyond = stream.unsaid ? await stream.bytes.fill(new Uint8Array(1)) : 0;
    this.#close();
    if (beyond > 0) throw new Error(`more than the range of ${this.#url}`);
  }

  /** The stream that is there, if what is wanted comes in it soon. */
  async #skipTo(offset: number): Promise<Stream | null> {
    const stream = this.#stream;
    const gap = stream ? offset - stream.position : -1;
    if (stream && gap >= 0 && gap <= longestSkip) {
      await this.#fill(stream, new Uint8Array(gap));
      return stream;
    }
    this.#close();
    return null;
  }

  async #open(offset: number, length: number): Promise<Stream> {
    const end = length >= longRead ? this.byteLength : offset + length;
    const response = await fetch(this.#url, { headers: { Range: `bytes=${offset}-${end - 1}` } });
    // 200: a handler of files that heeds ranges and does not say so, or a server that ignores them and sends another length.
    const unsaid = response.status === 200;
    const wrong = unsaid && Number(response.headers.get('content-length') ?? end - offset) !== end - offset;
    if ((!unsaid && response.status !== 206) || wrong || !response.body) {
      await response.body?.cancel();
      throw new Error(`${response.status} for a range of ${this.#url}`);
    }
    return (this.#stream = { bytes: new BodyBytes(response.body), position: offset, end, unsaid });
  }

  async #fill(stream: Stream, out: Uint8Array): Promise<void> {
    const filled = await stream.bytes.fill(out);
    stream.position += filled;
    if (filled === out.length) return;
    if (stream.unsaid) throw new Error(`${stream.position} is the end of ${this.#url}`);
    throw new EngineError('truncated', `The file ${this.name} ended while it was read.`);
  }

  #close(): void {
    void this.#stream?.bytes.cancel();
    this.#stream = null;
  }
}
