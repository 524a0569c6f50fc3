// All downloads: the queue, what a person may do with each, and what becomes of them when the app ends and starts again.
// They live as folders below the models folder; one that was running goes on, one that was paused stays so.
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError, toAppError } from '../../ipc/errors.ts';
import type { Download } from '../../ipc/libraryContract.ts';
import { realDisk, type Disk } from './disk.ts';
import { bytesThere, runDownload, type Progress, type VerifiedFile } from './download.ts';
import { readManifest, type DownloadFolder, type Manifest } from './downloadFolder.ts';
import { closeEntry, describe, hashOf, keepProblem, openEntry, partsOf, removeEntry, type Entry } from './entry.ts';
import type { SourceFile } from './hub.ts';
import { BandwidthLimit, defaultRetry, type RetryRules } from './pace.ts';
import { TransferProblem } from './problems.ts';
import type { HttpClient } from './request.ts';

export interface DownloadRequest {
  modelId: string;
  name: string;
  source: string;
  files: SourceFile[];
  /** Of a single file, where the user knows it. */
  sha256: string | null;
  about: Record<string, unknown>;
}

export interface DownloadsOptions {
  client: HttpClient;
  /** Where the folders of downloads lie; on the disk of the models folder. */
  folder: () => string;
  /** Moves verified files into the library and returns the model's id; called again after a crash in the midst of it. */
  place: (manifest: Manifest, files: VerifiedFile[]) => Promise<string>;
  onChange: (downloads: Download[]) => void;
  bandwidth?: BandwidthLimit;
  disk?: Disk;
  retry?: RetryRules;
  mostConnections?: number;
}

export interface Downloads {
  list(): Download[];
  /** Finds what earlier runs left, and goes on with what was running. */
  restore(options: { start: boolean }): Promise<void>;
  /** The same request again goes on with what is there. */
  add(request: DownloadRequest): Promise<Download>;
  pause(id: string): Promise<Download>;
  /** Also ends a wait for a server. */
  resume(id: string): Promise<Download>;
  /** Tries again now what waits for a server: the machine has slept, or the network is back. */
  wake(): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Resolves with the model's id when the download is complete, rejects when it stops for another reason. */
  finished(id: string): Promise<string>;
  /** Lets go of all that is paused, so that its folders can be moved. */
  release(): Promise<void>;
  /** Stops all work; what is running goes on at the next start. */
  close(): Promise<void>;
}

const announceMs = 250;
const hashBytes = 16;
const stopped = (): AppError => new AppError('stopped', 'The download was stopped. What has arrived is kept.');

/** One source is one download, however often it is asked for. */
export const downloadIdOf = (files: readonly { address: string }[]): string =>
  createHash('sha256')
    .update(files.map(({ address }) => address).join('\n'))
    .digest('hex')
    .slice(0, hashBytes);

export function createDownloads(options: DownloadsOptions): Downloads {
  const { client, folder: root, place, onChange } = options;
  const bandwidth = options.bandwidth ?? new BandwidthLimit();
  const disk = options.disk ?? realDisk;
  const entries = new Map<string, Entry>();
  let announced: NodeJS.Timeout | undefined;
  let closing = false;

  const list = (): Download[] =>
    [...entries.values()]
      .sort((left, right) => left.folder.manifest.createdAt - right.folder.manifest.createdAt)
      .map(describe);
  const announceNow = (): void => {
    clearTimeout(announced);
    announced = undefined;
    if (!closing) onChange(list());
  };
  const announceSoon = (): void => void (announced ??= setTimeout(announceNow, announceMs));
  const entryOf = (id: string): Entry => {
    const entry = entries.get(id);
    if (entry === undefined) throw new AppError('not-found', 'This download is no longer there.');
    return entry;
  };

  async function open(manifest: Manifest): Promise<Entry> {
    const entry = await openEntry(root(), manifest, disk);
    entries.set(manifest.id, entry);
    return entry;
  }

  async function forget(entry: Entry): Promise<void> {
    entries.delete(entry.folder.manifest.id);
    await closeEntry(entry);
  }

  async function remove(entry: Entry): Promise<void> {
    entries.delete(entry.folder.manifest.id);
    await removeEntry(entry);
  }

  /** One at a time: the first to be asked for is the first that can be used. */
  function startNext(): void {
    if (closing || [...entries.values()].some(({ running }) => running !== undefined)) return;
    const next = [...entries.values()]
      .filter(({ progress }) => progress.stage === 'queued')
      .sort((left, right) => left.folder.manifest.createdAt - right.folder.manifest.createdAt)[0];
    if (next === undefined) return;
    const stop = new AbortController();
    next.running = { stop, ended: run(next, stop.signal).finally(ended) };
    function ended(): void {
      if (next !== undefined) next.running = undefined;
      announceNow();
      startNext();
    }
  }

  async function run(entry: Entry, signal: AbortSignal): Promise<void> {
    const { folder, progress } = entry;
    try {
      const files = folder.manifest.state === 'verified' ? partsOf(folder) : await fetchAll(folder, progress, signal);
      const modelId = await place(folder.manifest, files);
      // Told, and not stored: from here on the folder is only in the way, and a full disk must not bring it back.
      folder.manifest = { ...folder.manifest, modelId };
      progress.stage = 'complete';
      await remove(entry);
      onChange([...list(), describe(entry)]);
      for (const { resolve } of entry.waiters.splice(0)) resolve(modelId);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = thrown instanceof TransferProblem ? thrown.error : toAppError(thrown);
      progress.stage = 'failed';
      progress.problem = error;
      progress.connections = 0;
      // On a full disk even this may fail; the download then looks as if it had been running.
      await keepProblem(folder, error).catch(() => undefined);
      for (const { reject } of entry.waiters.splice(0)) reject(error);
    }
  }

  async function fetchAll(folder: DownloadFolder, progress: Progress, signal: AbortSignal): Promise<VerifiedFile[]> {
    const context = {
      client,
      disk,
      bandwidth,
      retry: options.retry ?? defaultRetry,
      mostConnections: options.mostConnections ?? 6,
      signal,
      onProgress: announceSoon,
    };
    const files = await runDownload(folder, progress, context);
    // From here on a crash leaves either parts or files of the library, and both are right.
    const verified = folder.manifest.files.map((file, index) => ({
      ...file,
      ...hashOf(files[index]),
      sha256Known: file.sha256 !== null,
    }));
    await folder.save({ state: 'verified', files: verified });
    return files;
  }

  async function halt(entry: Entry): Promise<void> {
    entry.running?.stop.abort(stopped());
    await entry.running?.ended;
  }

  async function stopRunning(entry: Entry): Promise<void> {
    await halt(entry);
    for (const { reject } of entry.waiters.splice(0)) reject(stopped());
  }

  function enqueue(entry: Entry): void {
    entry.progress.stage = 'queued';
    entry.progress.problem = null;
    announceNow();
    startNext();
  }

  return {
    list,

    async restore({ start }) {
      const names = await fs.readdir(root()).catch(() => []);
      for (const name of names) {
        const manifest = await readManifest(path.join(root(), name));
        // A folder that another program has locked is that program's.
        if (manifest?.id === name && !entries.has(name)) await open(manifest).catch(() => undefined);
      }
      if (start) startNext();
      else for (const { progress } of entries.values()) if (progress.stage === 'queued') progress.stage = 'paused';
      announceNow();
    },

    async add({ modelId, name, source, files, sha256, about }) {
      const id = downloadIdOf(files);
      const there = entries.get(id) ?? (await reopen(id));
      if (there !== undefined) {
        if (sha256 !== null && there.running === undefined)
          await there.folder.saveFile(0, { sha256, sha256Given: true });
        if (there.running === undefined) await resumeEntry(there);
        return describe(there);
      }
      const entry = await open({
        version: 1,
        id,
        modelId,
        name,
        source,
        createdAt: Date.now(),
        state: 'active',
        note: null,
        problem: null,
        about,
        files: files.map((file, index) => ({
          name: file.name,
          address: file.address,
          byteLength: null,
          sha256: (index === 0 ? sha256 : null) ?? file.sha256,
          sha256Given: index === 0 && sha256 !== null,
          sha256Known: false,
          identity: null,
          chunkBytes: 1,
        })),
      });
      enqueue(entry);
      return describe(entry);
    },

    async pause(id) {
      const entry = entryOf(id);
      await stopRunning(entry);
      // It may have ended while it was being stopped.
      if (entries.get(id) !== entry) return describe(entry);
      entry.progress.stage = 'paused';
      entry.progress.connections = 0;
      entry.progress.retryAt = null;
      entry.progress.bytes = bytesThere(entry.folder);
      if (entry.folder.manifest.state !== 'verified') await entry.folder.save({ state: 'paused' });
      announceNow();
      return describe(entry);
    },

    async resume(id) {
      const entry = entryOf(id);
      // It waits for a server: asking for it means now.
      if (entry.progress.stage === 'waiting') await halt(entry);
      if (entry.running === undefined && entries.get(id) === entry) await resumeEntry(entry);
      return describe(entry);
    },

    async wake() {
      for (const { folder, progress } of [...entries.values()])
        if (progress.stage === 'waiting') await this.resume(folder.manifest.id);
    },

    async cancel(id) {
      const entry = entryOf(id);
      await stopRunning(entry);
      if (entries.get(id) === entry) await remove(entry);
      announceNow();
    },

    finished(id) {
      const { waiters, progress } = entryOf(id);
      if (progress.stage === 'failed' && progress.problem !== null) return Promise.reject(progress.problem);
      return new Promise((resolve, reject) => waiters.push({ resolve, reject }));
    },

    async release() {
      for (const entry of [...entries.values()]) {
        await stopRunning(entry);
        if (entries.get(entry.folder.manifest.id) === entry) await forget(entry);
      }
    },

    async close() {
      closing = true;
      clearTimeout(announced);
      await this.release();
    },
  };

  async function reopen(id: string): Promise<Entry | undefined> {
    const manifest = await readManifest(path.join(root(), id));
    return manifest?.id === id ? open(manifest) : undefined;
  }

  async function resumeEntry(entry: Entry): Promise<void> {
    const { folder } = entry;
    await folder.save({ problem: null, state: folder.manifest.state === 'verified' ? 'verified' : 'active' });
    enqueue(entry);
  }
}
