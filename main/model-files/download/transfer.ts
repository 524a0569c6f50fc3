// Brings one file's bytes into its part: chunk by chunk over several connections, or in one stream where the server has no
// ranges. A chunk that broke off goes on where it stopped; one that is whole is committed with its hash.
import { createHash, type Hash } from 'node:crypto';
import { requireSpace, type Disk, type PartFile } from './disk.ts';
import type { DownloadFolder } from './downloadFolder.ts';
import { Connections, type BandwidthLimit } from './pace.ts';
import { changed, problemOfStatus, toTransferProblem, TransferProblem } from './problems.ts';
import { checkPart, identityOf, probe, type RemoteFile } from './remoteFile.ts';
import type { HttpClient, OpenResponse } from './request.ts';
import type { Retries } from './retries.ts';

export interface TransferContext {
  client: HttpClient;
  disk: Disk;
  bandwidth: BandwidthLimit;
  retries: Retries;
  mostConnections: number;
  signal: AbortSignal;
  /** Bytes that have come in. */
  received: (bytes: number) => void;
  /** Bytes that turned out to be of no use. */
  lost: (bytes: number) => void;
  /** How many connections are open now. */
  connected: (count: number) => void;
  speed: () => number;
}

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

/** Small enough that little is lost, large enough that a large file has some thousand at most. */
export function chunkBytesFor(byteLength: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(byteLength / 256));
  return Math.min(8 * 2 ** 20, Math.max(256 * 1024, wanted));
}

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
    else await this.#fetchStream();
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

  async #fetchStream(): Promise<void> {
    const { retries, signal, lost } = this.#context;
    for (;;) {
      const round = await retries.ready();
      signal.throwIfAborted();
      let got = 0;
      try {
        this.#context.connected(1);
        await this.#readStream((bytes) => (got += bytes));
        retries.progressed();
        return;
      } catch (thrown) {
        signal.throwIfAborted();
        if (!(thrown instanceof TransferProblem) || thrown.kind === 'changed') throw thrown;
        // Nothing can be kept of a stream that has no middle to start from.
        lost(got);
        await retries.failed(thrown, round, signal);
      }
    }
  }

  async #readStream(onBytes: (bytes: number) => void): Promise<void> {
    const { client, signal, bandwidth, received } = this.#context;
    const response = await client.get(new URL(this.#entry.address), {}, signal);
    try {
      checkStream(response, this.#remote);
      const total = this.#remote.byteLength;
      let at = 0;
      let chunk = this.#chunkAt(0);
      for await (const sent of response.body) {
        await bandwidth.take(sent.length, signal);
        if (total !== null && at + sent.length > total)
          throw toTransferProblem(new Error('longer than announced'), response.address.host);
        for (let used = 0; used < sent.length;) {
          const piece = sent.subarray(used, used + chunk.end - at);
          await this.#part.write(piece, at);
          chunk.hash.update(piece);
          used += piece.length;
          at += piece.length;
          if (at === chunk.end) {
            await this.#commitStreamed(chunk);
            chunk = this.#chunkAt(chunk.index + 1);
            await this.#requireSpace();
          }
        }
        received(sent.length);
        onBytes(sent.length);
      }
      if (total !== null && at < total)
        throw toTransferProblem(new Error('shorter than announced'), response.address.host);
      if (at > chunk.start) await this.#commitStreamed(chunk);
      await this.#part.truncate(at);
      this.#remote = { ...this.#remote, byteLength: at };
      await this.#folder.saveFile(this.#file, { byteLength: at });
    } finally {
      response.close();
    }
  }

  async #commitStreamed({ index, hash }: Chunk): Promise<void> {
    const sha256 = hash.digest('hex');
    if (this.#folder.chunks(this.#file).get(index) === sha256) return;
    await this.#folder.commit(this.#part, this.#file, index, sha256);
  }
}

function checkStream({ status, headers, address }: OpenResponse, remote: RemoteFile): void {
  if (status !== 200) throw problemOfStatus(status, address.host, headers['retry-after']);
  const identity = identityOf(headers);
  if (identity !== null && remote.senderIdentity !== null && identity !== remote.senderIdentity)
    throw changed(`${remote.senderIdentity} became ${identity}`);
  const length = headers['content-length'];
  if (length !== undefined && remote.byteLength !== null && Number(length) !== remote.byteLength)
    throw changed(`the file has ${length} bytes now`);
}
