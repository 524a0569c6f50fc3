// A part of a file as one response gives it, from front to back: where it is by now, where it ends, and which state of the file it is of.
import { EngineError } from '../errors.ts';
import { BodyBytes } from './bodyBytes.ts';

export interface FileAddress {
  name: string;
  url: string;
}

export class FilePart {
  /** What the server calls this state of the file (its entity tag); null where it does not say. */
  readonly version: string | null;
  readonly end: number;
  readonly #url: string;
  readonly #name: string;
  readonly #bytes: BodyBytes;
  /** The response did not say of itself that it is a part. */
  readonly #unsaid: boolean;
  #position: number;

  private constructor({ name, url }: FileAddress, response: Response, body: BodyBytes, from: number, end: number) {
    this.version = response.headers.get('etag');
    this.end = end;
    this.#name = name;
    this.#url = url;
    this.#bytes = body;
    this.#unsaid = response.status === 200;
    this.#position = from;
  }

  /** @throws what fetch throws, and an Error where what comes is not that part */
  static async open(file: FileAddress, from: number, end: number): Promise<FilePart> {
    const response = await fetch(file.url, { headers: { Range: `bytes=${from}-${end - 1}` } });
    // 200: a handler of files that heeds ranges and does not say so, or a server that ignores them and sends another length.
    const unsaid = response.status === 200;
    const wrong = unsaid && Number(response.headers.get('content-length') ?? end - from) !== end - from;
    if ((!unsaid && response.status !== 206) || wrong || !response.body) {
      await response.body?.cancel();
      throw new Error(`${response.status} for a range of ${file.url}`);
    }
    return new FilePart(file, response, new BodyBytes(response.body), from, end);
  }

  get position(): number {
    return this.#position;
  }

  /** @throws EngineError `truncated`, or what the response throws */
  async fill(out: Uint8Array): Promise<void> {
    await this.#passed(await this.#bytes.fill(out), out.length);
  }

  /** Fills the first `length` bytes of memory that is given away, and gives it back as another object. @throws as `fill` does */
  async fillMemory(memory: ArrayBuffer, length: number): Promise<ArrayBuffer> {
    const filled = await this.#bytes.fillMemory(memory, length);
    await this.#passed(filled.length, length);
    return filled.memory;
  }

  cancel(): void {
    void this.#bytes.cancel();
  }

  async #passed(filled: number, wanted: number): Promise<void> {
    this.#position += filled;
    if (filled < wanted && this.#unsaid) throw new Error(`${this.#position} is the end of ${this.#url}`);
    if (filled < wanted) throw new EngineError('truncated', `The file ${this.#name} ended while it was read.`);
    // Only now it shows whether a part was sent at all, where that was not said.
    const atEnd = this.#unsaid && this.#position === this.end;
    if (atEnd && (await this.#bytes.fill(new Uint8Array(1))) > 0)
      throw new Error(`more than the range of ${this.#url}`);
  }
}

/** Whatever a read has thrown, with a code. */
export function readFailure(name: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  return new EngineError('source-failed', `The file ${name} cannot be read any more.`, String(error));
}
