// Model files behind addresses that answer ranged GET requests: weights:// in Electron, the web shell's /weights/ in a browser.
// A file that is read from front to back comes in one response, or by workers in long stripes: a request for every read cost twice
// the time (engine/LOG.md).
import { EngineError } from '../errors.ts';
import type { ModelFiles, WeightSource } from '../format/source.ts';
import type { ModelLocation } from '../protocol.ts';
import { FilePart, readFailure, type FileAddress } from './filePart.ts';
import { StripedPart, type Readers } from './stripedPart.ts';

/** A read of this many bytes, one of many, asks for all of the rest of the file; shorter ones, and those of headers, for themselves. */
const longRead = 2 ** 20;
/** What is left out between two reads is read and dropped up to so many bytes; further on another request is sooner there. */
const longestSkip = 2 ** 20;
/** A response that nobody reads from holds a connection, and the file. */
const idleMs = 1000;

/** @param readers - null: all is read by the thread that asks */
export function fetchFiles(location: ModelLocation, readers: Readers | null = null): ModelFiles {
  const files = new Map(location.files.map((file) => [file.name, file]));
  return {
    names: [...files.keys()],
    open(name) {
      const file = files.get(name);
      if (!file) throw new EngineError('source-failed', `The model has no file named ${name}.`);
      return new FetchedFile(file, file.byteLength, readers);
    },
  };
}

class FetchedFile implements WeightSource {
  readonly name: string;
  readonly byteLength: number;
  readonly reusesMemory = true;
  readonly #file: FileAddress;
  #readers: Readers | null;
  /** Reads take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** What is read from. */
  #part: FilePart | StripedPart | null = null;
  /** Of the file when it was first read; undefined until then. */
  #version: string | null | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(file: FileAddress, byteLength: number, readers: Readers | null) {
    this.name = file.name;
    this.byteLength = byteLength;
    this.#file = file;
    this.#readers = readers;
  }

  async read(offset: number, length: number, into?: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (offset + length > this.byteLength) throw new EngineError('truncated', `The file ${this.name} ends too early.`);
    clearTimeout(this.#idle);
    this.#waiting++;
    const out = into ?? new Uint8Array(length);
    const toEnd = into !== undefined && length >= longRead;
    const read = this.#turn.then(() => this.#take(offset, out, toEnd));
    this.#turn = read.catch(() => this.#close());
    try {
      await read;
      return out;
    } catch (error) {
      throw readFailure(this.name, error);
    } finally {
      if (--this.#waiting === 0) this.#idle = setTimeout(() => this.#close(), idleMs);
    }
  }

  async #take(offset: number, out: Uint8Array, toEnd: boolean): Promise<void> {
    if (out.length === 0) return;
    const part = (await this.#skipTo(offset)) ?? (await this.#open(offset, out.length, toEnd));
    await part.fill(out);
    if (part.position === part.end) this.#close();
  }

  /** The part that is there, if what is wanted comes in it soon. */
  async #skipTo(offset: number): Promise<FilePart | StripedPart | null> {
    const part = this.#part;
    const gap = part ? offset - part.position : -1;
    if (part && gap >= 0 && gap <= longestSkip) {
      await part.fill(new Uint8Array(gap));
      return part;
    }
    this.#close();
    return null;
  }

  async #open(from: number, length: number, toEnd: boolean): Promise<FilePart | StripedPart> {
    const end = toEnd ? this.byteLength : from + length;
    const onVersion = (version: string | null) => this.#checkVersion(version);
    if (toEnd && this.#readers && end - from >= this.#readers.worthBytes) {
      const striped = await StripedPart.open(this.#file, { from, end }, this.#readers, onVersion);
      if (striped) return (this.#part = striped);
      this.#readers = null;
    }
    const part = (this.#part = await FilePart.open(this.#file, from, end));
    onVersion(part.version);
    return part;
  }

  /** @throws EngineError `source-failed` for a part of another state of the file than those before */
  #checkVersion(version: string | null): void {
    if (this.#version === undefined) this.#version = version;
    if (version === this.#version) return;
    throw new EngineError('source-failed', `The file ${this.name} was changed while it was read.`);
  }

  #close(): void {
    this.#part?.cancel();
    this.#part = null;
  }
}
