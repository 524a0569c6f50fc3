// The disk as downloads and copies see it. Tests put a disk that fills up in its place.
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../ipc/errors.ts';

/** A part file: written at any offset, read back for its hashes. */
export interface PartFile {
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Fills `buffer`, or less of it at the file's end; returns how much. */
  read(buffer: Uint8Array, offset: number): Promise<number>;
  /** What was written is on the disk, and stays there without power. */
  sync(): Promise<void>;
  truncate(byteLength: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** Made where it is not there. */
  openPart(file: string): Promise<PartFile>;
  /** Replaces a file as a whole: after a crash there is the old one or the new one. */
  replaceFile(file: string, text: string): Promise<void>;
  /** A copy that takes no space of its own; false where the file system cannot. */
  share(from: string, to: string): Promise<boolean>;
  /** Bytes that may still be written in a folder, after what is kept free for everything else. */
  spareBytes(folder: string): Promise<number>;
}

const mostReserve = 512 * 2 ** 20;

export const realDisk: Disk = {
  async openPart(file) {
    // Not 'a': Linux would write everything at the end; not 'w': it would empty what is there.
    const handle = await fs.open(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
    return {
      async write(bytes, offset) {
        for (let at = 0; at < bytes.length;) {
          const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, offset + at);
          at += bytesWritten;
        }
      },
      async read(buffer, offset) {
        let at = 0;
        while (at < buffer.length) {
          const { bytesRead } = await handle.read(buffer, at, buffer.length - at, offset + at);
          if (bytesRead === 0) break;
          at += bytesRead;
        }
        return at;
      },
      sync: () => handle.datasync(),
      truncate: (byteLength) => handle.truncate(byteLength),
      close: () => handle.close(),
    };
  },
  async replaceFile(file, text) {
    const temporary = `${file}.new`;
    const handle = await fs.open(temporary, 'w');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
    await syncFolder(path.dirname(file));
  },
  async share(from, to) {
    try {
      await fs.copyFile(from, to, fs.constants.COPYFILE_FICLONE_FORCE | fs.constants.COPYFILE_EXCL);
      return true;
    } catch {
      // Whatever else may be wrong shows when the bytes are copied.
      await fs.rm(to, { force: true });
      return false;
    }
  },
  async spareBytes(folder) {
    const { bavail, blocks, bsize } = await fs.statfs(folder);
    // Chats, swap and the system need room too; on a small disk a twentieth of it.
    return bavail * bsize - Math.min(mostReserve, (blocks * bsize) / 20);
  },
};

/** @throws AppError `disk-full` with the numbers */
export async function requireSpace(disk: Disk, folder: string, bytes: number): Promise<void> {
  const spare = await disk.spareBytes(folder);
  if (spare >= bytes) return;
  const needed = gigabytes(bytes);
  throw new AppError(
    'disk-full',
    `The disk has too little room: ${needed} are needed, and ${gigabytes(Math.max(0, spare))} can be used. What was downloaded is kept; free some space and go on.`,
    folder,
  );
}

/** Makes a rename or a new file survive a power cut. Windows has no such call for folders, and no need of it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`;
