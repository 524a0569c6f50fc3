// One download of the queue: its folder, its lock, its progress, and what is said of it.
import fs from 'node:fs/promises';
import path from 'node:path';
import type { AppError } from '../../ipc/errors.ts';
import type { Download, ModelProblem } from '../../ipc/libraryContract.ts';
import { lockFile } from '../../store/fileLock.ts';
import type { Disk } from './disk.ts';
import { bytesThere, Progress, totalOf, type VerifiedFile } from './download.ts';
import { DownloadFolder, manifestName, readManifest, type Manifest } from './downloadFolder.ts';

export interface Entry {
  folder: DownloadFolder;
  unlock: () => void;
  progress: Progress;
  /** Undefined while nothing runs. */
  running: { stop: AbortController; ended: Promise<void> } | undefined;
  waiters: { resolve: (modelId: string) => void; reject: (error: AppError) => void }[];
}

const lockName = 'lock';

/** @throws AppError `in-use` where another program has it */
export async function openEntry(root: string, manifest: Manifest, disk: Disk): Promise<Entry> {
  const folder = path.join(root, manifest.id);
  await fs.mkdir(folder, { recursive: true });
  const unlock = lockFile(path.join(folder, lockName));
  try {
    if ((await readManifest(folder)) === undefined) await empty(folder);
    const opened = await DownloadFolder.open(folder, manifest, disk);
    const progress = new Progress();
    progress.stage = manifest.problem !== null ? 'failed' : manifest.state === 'paused' ? 'paused' : 'queued';
    progress.bytes = bytesThere(opened);
    progress.totalBytes = totalOf(opened);
    return { folder: opened, unlock, progress, running: undefined, waiters: [] };
  } catch (error) {
    unlock();
    throw error;
  }
}

export async function closeEntry({ folder, unlock }: Entry): Promise<void> {
  await folder.close();
  unlock();
}

/** Closes it, and removes all that it has on the disk. */
export async function removeEntry({ folder, unlock }: Entry): Promise<void> {
  await folder.close();
  // Without its manifest a folder is nothing: that goes first, in case this is cut off.
  await fs.rm(path.join(folder.path, manifestName), { force: true });
  await empty(folder.path);
  unlock();
  // Not recursive: another program may have begun to use it.
  await fs.rm(path.join(folder.path, lockName), { force: true }).catch(() => undefined);
  await fs.rmdir(folder.path).catch(() => undefined);
}

/** What lies there without a manifest belongs to nothing. */
async function empty(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder))
    if (!name.startsWith(lockName)) await fs.rm(path.join(folder, name), { recursive: true, force: true });
}

/** After a crash between verifying and placing: some parts may have been placed already. */
export function partsOf(folder: DownloadFolder): VerifiedFile[] {
  return folder.manifest.files.map(({ name, byteLength, sha256 }, file) => ({
    name,
    path: folder.partPath(file),
    byteLength: byteLength ?? 0,
    sha256: sha256 ?? '',
  }));
}

export async function keepProblem(folder: DownloadFolder, { code, message }: AppError): Promise<void> {
  const { state, files } = folder.manifest;
  // Whole files that are not the ones wanted: a retry fetches them anew.
  const isWrong = state === 'verified' && (code === 'not-a-model' || code === 'damaged');
  if (isWrong) for (const file of files.keys()) await folder.reset(file);
  await folder.save({ problem: { code, message }, state: state === 'verified' && !isWrong ? state : 'paused' });
}

export const hashOf = ({ byteLength, sha256 }: VerifiedFile) => ({ byteLength, sha256 });

export function describe({ folder, progress }: Entry): Download {
  const { id, modelId, name, source, note, problem } = folder.manifest;
  const shown: ModelProblem | null =
    progress.problem === null ? problem : { code: progress.problem.code, message: progress.problem.message };
  return {
    id,
    modelId,
    name,
    source,
    state: progress.stage,
    bytes: progress.bytes,
    totalBytes: progress.totalBytes,
    verifiedBytes: progress.verifiedBytes,
    bytesPerSecond: progress.stage === 'downloading' ? Math.round(progress.speed.bytesPerSecond) : 0,
    secondsLeft: progress.stage === 'downloading' ? progress.secondsLeft : null,
    connections: progress.connections,
    retryAt: progress.retryAt,
    note,
    problem: shown,
  };
}
