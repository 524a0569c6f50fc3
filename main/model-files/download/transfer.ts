// Brings one file's bytes into its part: chunk by chunk over several connections, or in one stream where the server has no
// ranges. A chunk that broke off goes on where it stopped; one that is whole is committed with its hash.
import { createHash, type Hash } from 'node:crypto';
import { requireSpace, type PartFile } from './disk.ts';
import type { DownloadFolder } from './downloadFolder.ts';
import { Connections } from './pace.ts';
import { changed, toTransferProblem, TransferProblem } from './problems.ts';
import { checkPart, probe, type RemoteFile } from './remoteFile.ts';
import { fetchStream } from './streamTransfer.ts';
import type { TransferContext } from './transferContext.ts';

interface Chunk {
  index: number;
  /** In the file; the end is not included. */
  start: number;
  end: number;
  received: number;
  hash: Hash;
}

const measureMs = 2000;
const spaceCheckMs = 1000;
/** Bytes after which a connection was of use, though it broke. */
const progressBytes = 64 * 1024;

export class FileTransfer {
  readonly #folder: DownloadFolder;
  readonly #file: number;
  readonly #part: PartFile;
  readonly #context: TransferContext;
  #remote: RemoteFile;
  #checkedSpaceAt = -Infinity;

  constructor(folder: DownloadFolder, file: number, part: PartFile, remote: RemoteFile, context: TransferContext) {
    this.#folder = folder;
    this.#file = file;
    this.#part = part;
    this.#remote = remote;
    this.#context = context;
  }

  /** Fetches what is missing. @throws TransferProblem `changed`, `no-ranges`; AppError; the signal's reason */
  async run(): Promise<void> {
    if (this.#remote.ranges) await this.#fetchChunks(this.#missingChunks());
    else this.#remote = await fetchStream(this.#folder, this.#file, this.#part, this.#remote, this.#context);
  }

  /** The bytes of a chunk as the server sends them now, beside what the part holds. */
  async fetchAgain(index: number): Promise<Buffer> {
    const chunk = this.#chunkAt(index);
    const bytes = Buffer.alloc(chunk.end - chunk.start);
    await this.#untilDone(chunk, this.#context.signal, (piece, offset) => {
      piece.copy(bytes, offset - chunk.start);
      return Promise.resolve();
    });
    return bytes;
  }

  /** Whether the server sends parts of the file. */
  get hasRanges(): boolean {
    return this.#remote.ranges;
  }

  /** The whole file once more, over what is there. */
  async streamAgain(): Promise<void> {
    this.#context.lost(this.#remote.byteLength ?? 0);
    await this.run();
  }

  async replaceChunk(index: number, bytes: Buffer, sha256: string): Promise<void> {
    await this.#part.write(bytes, this.#chunkAt(index).start);
    await this.#folder.commit(this.#part, this.#file, index, sha256);
  }

  get chunkCount(): number {
    return Math.ceil((this.#remote.byteLength ?? 0) / this.#entry.chunkBytes);
  }

  get #entry() {
    return this.#folder.manifest.files[this.#file];
  }

  #chunkAt(index: number): Chunk {
    const { chunkBytes } = this.#entry;
    const start = index * chunkBytes;
    const end = Math.min(this.#remote.byteLength ?? Infinity, start + chunkBytes);
    return { index, start, end, received: 0, hash: createHash('sha256') };
  }

  #missingChunks(): Chunk[] {
    const there = this.#folder.chunks(this.#file);
    return Array.from({ length: this.chunkCount }, (_, index) => index)
      .filter((index) => !there.has(index))
      .map((index) => this.#chunkAt(index));
  }

  async #fetchChunks(missing: Chunk[]): Promise<void> {
    const context = this.#context;
    const connections = new Connections(context.mostConnections);
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const active = new Set<Chunk>();
    let failure: unknown;
    await new Promise<void>((resolve) => {
      const fill = (): void => {
        while (missing.length > 0 && active.size < connections.limit && failure === undefined) {
          const chunk = missing.shift()!;
          active.add(chunk);
          void this.#fetchChunk(chunk, signal, connections)
            .catch((error: unknown) => {
              failure ??= error;
              stop.abort(new Error('another connection failed'));
              context.lost(chunk.received);
            })
            .finally(() => {
              active.delete(chunk);
              fill();
            });
        }
        context.connected(active.size);
        if (active.size > 0) return;
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(() => {
        connections.measured(context.speed());
        fill();
      }, measureMs);
      fill();
    });
    context.signal.throwIfAborted();
    if (failure !== undefined) throw failure as Error;
  }

  async #fetchChunk(chunk: Chunk, signal: AbortSignal, connections: Connections): Promise<void> {
    const { received } = this.#context;
    await this.#untilDone(
      chunk,
      signal,
      async (piece, offset) => {
        await this.#part.write(piece, offset);
        received(piece.length);
      },
      () => connections.refused(),
    );
    await this.#folder.commit(this.#part, this.#file, chunk.index, chunk.hash.digest('hex'));
  }

  /** Asks for the rest of a chunk until all of it is there. */
  async #untilDone(
    chunk: Chunk,
    signal: AbortSignal,
    take: (piece: Buffer, offset: number) => Promise<void>,
    onBusy: () => void = () => undefined,
  ): Promise<void> {
    const { retries } = this.#context;
    for (;;) {
      const round = await retries.ready();
      signal.throwIfAborted();
      await this.#requireSpace();
      const before = chunk.received;
      try {
        await this.#fetchRest(chunk, signal, take);
        retries.progressed();
        return;
      } catch (thrown) {
        signal.throwIfAborted();
        if (!(thrown instanceof TransferProblem) || thrown.kind === 'changed' || thrown.kind === 'no-ranges')
          throw thrown;
        if (chunk.received - before >= progressBytes) retries.progressed();
        if (thrown.retryAfterMs !== null) onBusy();
        await retries.failed(thrown, round, signal);
        if (thrown.kind === 'expired') await this.#refresh(signal);
      }
    }
  }

  async #fetchRest(
    chunk: Chunk,
    signal: AbortSignal,
    take: (piece: Buffer, offset: number) => Promise<void>,
  ): Promise<void> {
    const { client, bandwidth } = this.#context;
    const start = chunk.start + chunk.received;
    const range = `bytes=${start}-${chunk.end - 1}`;
    const response = await client.get(this.#remote.address, { range }, signal);
    try {
      checkPart(response, this.#remote, start, chunk.end - 1);
      for await (const sent of response.body) {
        // A server may send more than it announced; a chunk takes what is its own.
        const piece = sent.subarray(0, chunk.end - chunk.start - chunk.received);
        if (piece.length > 0) {
          await bandwidth.take(piece.length, signal);
          await take(piece, chunk.start + chunk.received);
          chunk.hash.update(piece);
          chunk.received += piece.length;
        }
        if (chunk.start + chunk.received === chunk.end && piece.length < sent.length) break;
      }
    } finally {
      response.close();
    }
    if (chunk.start + chunk.received < chunk.end)
      throw toTransferProblem(new Error('shorter than announced'), this.#remote.address.host);
  }

  /** Asks the first address again where its redirect leads to. */
  async #refresh(signal: AbortSignal): Promise<void> {
    const { retries, client } = this.#context;
    const round = await retries.ready();
    try {
      const found = await probe(client, new URL(this.#entry.address), signal);
      const { identity, byteLength } = this.#remote;
      if (found.identity !== identity || found.byteLength !== byteLength)
        throw changed(`${identity} became ${found.identity}`);
      this.#remote = found;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof TransferProblem) || thrown.kind === 'changed') throw thrown;
      await retries.failed(thrown, round, signal);
    }
  }

  async #requireSpace(): Promise<void> {
    const now = performance.now();
    if (now - this.#checkedSpaceAt < spaceCheckMs) return;
    this.#checkedSpaceAt = now;
    await requireSpace(this.#context.disk, this.#folder.path, this.#entry.chunkBytes);
  }
}
