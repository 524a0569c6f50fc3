// What a download has on disk: manifest.json (what is wanted), chunks.log (which chunks are there, with their hashes) and the
// parts themselves. A line of the log is written only once the chunk's bytes are safe; a line cut off by a crash is dropped.
import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { Disk, PartFile } from './disk.ts';

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const size = v.pipe(v.number(), v.integer(), v.minValue(1));

const manifestFile = v.strictObject({
  /** Its name in the library. */
  name: v.pipe(v.string(), v.nonEmpty()),
  address: v.pipe(v.string(), v.url()),
  /** null until the server has said it. */
  byteLength: v.nullable(size),
  /** What the whole file must have; null where nobody says. */
  sha256: v.nullable(hash),
  /** The user gave that hash; it holds whatever the server says. */
  sha256Given: v.boolean(),
  /** Once verified: the hash was known before, and is not just what came in. */
  sha256Known: v.boolean(),
  /** By what a change at the source is noticed. */
  identity: v.nullable(v.string()),
  chunkBytes: size,
});

const manifestSchema = v.strictObject({
  version: v.literal(1),
  id: v.string(),
  /** What the library will call it. */
  modelId: v.string(),
  name: v.string(),
  /** What the user asked for. */
  source: v.string(),
  createdAt: v.number(),
  /** `verified`: all files are whole and right, and only have to be moved into the library. */
  state: v.picklist(['active', 'paused', 'verified']),
  /** A sentence about what happened on the way, such as starting over. */
  note: v.nullable(v.string()),
  /** Why it stopped by itself. */
  problem: v.nullable(v.strictObject({ code: v.string(), message: v.string() })),
  files: v.pipe(v.array(manifestFile), v.minLength(1)),
  /** What the catalogue says about the model; opaque here. */
  about: v.record(v.string(), v.unknown()),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type ManifestFile = v.InferOutput<typeof manifestFile>;

/** [file, chunk, hash]; a null hash takes the chunk back, chunk −1 all of the file's. */
const logLine = v.tuple([v.number(), v.number(), v.nullable(hash)]);
type LogLine = v.InferOutput<typeof logLine>;

export const manifestName = 'manifest.json';
const logName = 'chunks.log';

interface Commit {
  part: PartFile | null;
  line: LogLine;
  done: () => void;
  failed: (error: unknown) => void;
}

export class DownloadFolder {
  readonly path: string;
  manifest: Manifest;
  readonly #disk: Disk;
  readonly #log: PartFile;
  /** Hashes of the chunks that are there, by file. */
  readonly #chunks: Map<number, string>[];
  #logLength: number;
  #waiting: Commit[] = [];
  #committing: Promise<void> | null = null;

  private constructor(folder: string, manifest: Manifest, disk: Disk, { log, chunks, length }: Replayed) {
    this.path = folder;
    this.manifest = manifest;
    this.#disk = disk;
    this.#log = log;
    this.#chunks = chunks;
    this.#logLength = length;
  }

  /** The caller holds the folder's lock. */
  static async open(folder: string, manifest: Manifest, disk: Disk): Promise<DownloadFolder> {
    const replayed = await replay(path.join(folder, logName), manifest.files.length, disk);
    const opened = new DownloadFolder(folder, manifest, disk, replayed);
    try {
      await opened.save({});
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  }

  partPath(file: number): string {
    return path.join(this.path, `${file}.part`);
  }

  chunks(file: number): ReadonlyMap<number, string> {
    return this.#chunks[file];
  }

  async save(changes: Partial<Manifest>): Promise<void> {
    this.manifest = { ...this.manifest, ...changes };
    await this.#disk.replaceFile(path.join(this.path, manifestName), JSON.stringify(this.manifest, null, 1));
  }

  async saveFile(file: number, changes: Partial<ManifestFile>): Promise<void> {
    const files = this.manifest.files.map((old, index) => (index === file ? { ...old, ...changes } : old));
    await this.save({ files });
  }

  /** Resolves once the chunk survives a power cut. Chunks that finish together share the waiting. */
  commit(part: PartFile, file: number, chunk: number, sha256: string): Promise<void> {
    return this.#append({ part, line: [file, chunk, sha256] });
  }

  drop(file: number, chunk: number): Promise<void> {
    return this.#append({ part: null, line: [file, chunk, null] });
  }

  /** Forgets all chunks of a file. */
  reset(file: number): Promise<void> {
    return this.#append({ part: null, line: [file, -1, null] });
  }

  async close(): Promise<void> {
    await this.#committing;
    await this.#log.close();
  }

  #append(entry: Pick<Commit, 'part' | 'line'>): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ ...entry, done, failed });
      this.#committing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        for (const part of new Set(batch.map((entry) => entry.part))) await part?.sync();
        const text = Buffer.from(batch.map(({ line }) => `${JSON.stringify(line)}\n`).join(''));
        await this.#log.write(text, this.#logLength);
        await this.#log.sync();
        this.#logLength += text.length;
        for (const { line, done } of batch) {
          apply(this.#chunks, line);
          done();
        }
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    // In the same step as the last look at what waits: what comes after it starts anew.
    this.#committing = null;
  }
}

/** undefined where there is no manifest, or none that can be read. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const json: unknown = JSON.parse(await fs.readFile(path.join(folder, manifestName), 'utf8'));
    const parsed = v.safeParse(manifestSchema, json);
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

interface Replayed {
  log: PartFile;
  chunks: Map<number, string>[];
  /** Of the log up to its last whole line. */
  length: number;
}

async function replay(file: string, fileCount: number, disk: Disk): Promise<Replayed> {
  const chunks = Array.from({ length: fileCount }, () => new Map<number, string>());
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  let length = 0;
  for (const line of whole.split('\n').slice(0, -1)) {
    const entry = parseLine(line);
    if (entry === undefined) break;
    apply(chunks, entry);
    length += Buffer.byteLength(line) + 1;
  }
  const log = await disk.openPart(file);
  await log.truncate(length);
  return { log, chunks, length };
}

function parseLine(line: string): LogLine | undefined {
  try {
    const parsed = v.safeParse(logLine, JSON.parse(line));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function apply(chunks: Map<number, string>[], [file, chunk, sha256]: LogLine): void {
  const of = chunks[file];
  if (of === undefined) return;
  if (chunk === -1) of.clear();
  else if (sha256 === null) of.delete(chunk);
  else of.set(chunk, sha256);
}
