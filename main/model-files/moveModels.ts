// Moves the models folder: model by model, renamed where the disk is the same, else copied whole before the original goes. The
// two folders are remembered until it is done, so that a crash in the midst loses nothing and the next start goes on.
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../ipc/errors.ts';
import { requireSpace, syncFolder, type Disk } from './download/disk.ts';

export interface Move {
  from: string;
  to: string;
}

export interface MoveOptions {
  disk: Disk;
  /** Bytes that have moved, of how many. */
  onProgress: (bytes: number, totalBytes: number) => void;
}

/** Begins the names of copies that are not whole yet. */
export const movingPrefix = '.moving-';

/** @throws AppError `bad-name`, `disk-full` */
export async function checkTarget({ from, to }: Move): Promise<void> {
  const relative = path.relative(from, to);
  const isInside = relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
  if (isInside) throw new AppError('bad-name', 'The models cannot move into their own folder. Choose another.');
  await fs.mkdir(to, { recursive: true });
  const probe = path.join(to, '.conclave-write-test');
  await fs.writeFile(probe, '');
  await fs.rm(probe, { force: true });
}

/** Can be called again after a crash: what has moved is found at its new place. */
export async function moveModels({ from, to }: Move, { disk, onProgress }: MoveOptions): Promise<void> {
  const names = await fs.readdir(from).catch(() => []);
  const sizes = await Promise.all(names.map((name) => bytesOf(path.join(from, name))));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  let bytes = 0;
  for (const [index, name] of names.entries()) {
    await moveOne(path.join(from, name), path.join(to, name), sizes[index], disk);
    bytes += sizes[index];
    onProgress(bytes, totalBytes);
  }
  await syncFolder(to);
  await fs.rmdir(from).catch(() => undefined);
}

async function moveOne(from: string, to: string, size: number, disk: Disk): Promise<void> {
  const isThere = (await fs.stat(to).catch(() => undefined)) !== undefined;
  if (isThere && path.basename(to).startsWith('.')) return merge(from, to, disk);
  // A copy gets its name only when it is whole, so what has the name is the model.
  if (isThere) return fs.rm(from, { recursive: true, force: true });
  try {
    await fs.rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await requireSpace(disk, path.dirname(to), size);
    const staging = path.join(path.dirname(to), `${movingPrefix}${path.basename(to)}`);
    await fs.rm(staging, { recursive: true, force: true });
    try {
      await fs.cp(from, staging, { recursive: true, preserveTimestamps: true });
      await syncTree(staging);
      await fs.rename(staging, to);
    } catch (failure) {
      await fs.rm(staging, { recursive: true, force: true });
      throw failure;
    }
    await fs.rm(from, { recursive: true, force: true });
  }
}

/** Folders of the app itself, such as the bin, may be at both places. */
async function merge(from: string, to: string, disk: Disk): Promise<void> {
  for (const name of await fs.readdir(from)) {
    const source = path.join(from, name);
    await moveOne(source, path.join(to, name), await bytesOf(source), disk);
  }
  await fs.rmdir(from).catch(() => undefined);
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(place);
    else {
      const handle = await fs.open(place, 'r+');
      await handle.sync().finally(() => handle.close());
    }
  }
  await syncFolder(folder);
}

/** Of a file, or of all files below a folder; links are not followed. */
export async function bytesOf(place: string): Promise<number> {
  const found = await fs.lstat(place).catch(() => undefined);
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.isFile() ? found.size : 0;
  const names = await fs.readdir(place).catch(() => []);
  const sizes = await Promise.all(names.map((name) => bytesOf(path.join(place, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
