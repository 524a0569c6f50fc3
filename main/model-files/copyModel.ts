// Copies the files of a model into the models folder: without a second set of bytes where the file system can share them, else
// piece by piece. The copy gets its name only when it is whole and safe.
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../ipc/errors.ts';
import { requireSpace, syncFolder, type Disk } from './download/disk.ts';
import type { NamedPath } from './modelFiles.ts';

export interface CopyOptions {
  disk: Disk;
  signal: AbortSignal;
  onBytes: (bytes: number, totalBytes: number) => void;
}

/** Holds copies that are not whole yet. */
export const stagingName = '.importing';
const pieceBytes = 4 * 2 ** 20;

/** Leaves all files in the folder `id` below `root`, or nothing. @throws AppError `disk-full`, `damaged`; the signal's reason */
export async function copyModel(
  files: readonly NamedPath[],
  sizes: readonly number[],
  { root, id }: { root: string; id: string },
  { disk, signal, onBytes }: CopyOptions,
): Promise<void> {
  const staging = path.join(root, stagingName, id);
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  try {
    await fs.rm(staging, { recursive: true, force: true });
    await fs.mkdir(staging, { recursive: true });
    let bytes = 0;
    for (const [index, file] of files.entries()) {
      const target = path.join(staging, file.name);
      if (!(await disk.share(file.path, target))) {
        await requireSpace(disk, root, totalBytes - bytes);
        await copyPieces(file.path, target, { disk, signal, onBytes: (at) => onBytes(bytes + at, totalBytes) });
      }
      await syncFile(target);
      if ((await fs.stat(target)).size !== sizes[index])
        throw new AppError('damaged', `${file.name} changed while it was being copied. Try again.`);
      bytes += sizes[index];
      onBytes(bytes, totalBytes);
      signal.throwIfAborted();
    }
    await syncFolder(staging);
    await fs.rm(path.join(root, id), { recursive: true, force: true });
    await fs.rename(staging, path.join(root, id));
    await syncFolder(root);
  } finally {
    await fs.rm(staging, { recursive: true, force: true });
    // Fails while another copy is under way.
    await fs.rmdir(path.dirname(staging)).catch(() => undefined);
  }
}

async function copyPieces(
  from: string,
  to: string,
  { disk, signal, onBytes }: { disk: Disk; signal: AbortSignal; onBytes: (bytes: number) => void },
): Promise<void> {
  const source = await fs.open(from, 'r');
  try {
    const target = await disk.openPart(to);
    try {
      const buffer = Buffer.allocUnsafe(pieceBytes);
      for (let at = 0; ;) {
        signal.throwIfAborted();
        const { bytesRead } = await source.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) break;
        await target.write(buffer.subarray(0, bytesRead), at);
        at += bytesRead;
        onBytes(at);
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await fs.open(file, 'r+');
  await handle.sync().finally(() => handle.close());
}
