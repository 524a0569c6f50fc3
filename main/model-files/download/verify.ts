// The hashes of a part as it lies on the disk: of every chunk and of the whole, in one reading. Mends what is wrong chunk by
// chunk, never by starting over.
import { createHash } from 'node:crypto';
import { AppError } from '../../ipc/errors.ts';
import type { PartFile } from './disk.ts';
import type { DownloadFolder } from './downloadFolder.ts';
import type { FileTransfer } from './transfer.ts';

export interface PartHashes {
  chunks: string[];
  sha256: string;
}

export interface VerifyOptions {
  signal: AbortSignal;
  /** Told how far into the file the reading is. */
  onBytes: (at: number) => void;
}

const mostRounds = 5;
const pieceBytes = 2 ** 20;

export async function hashPart(
  part: Pick<PartFile, 'read'>,
  byteLength: number,
  chunkBytes: number,
  { signal, onBytes }: VerifyOptions,
): Promise<PartHashes> {
  const whole = createHash('sha256');
  const chunks: string[] = [];
  const buffer = Buffer.alloc(Math.min(chunkBytes, pieceBytes));
  for (let start = 0; start < byteLength; start += chunkBytes) {
    const end = Math.min(byteLength, start + chunkBytes);
    const chunk = createHash('sha256');
    for (let at = start; at < end;) {
      signal.throwIfAborted();
      const read = await part.read(buffer.subarray(0, Math.min(buffer.length, end - at)), at);
      // A part that is too short has wrong chunks, and they are fetched again.
      if (read === 0) break;
      const piece = buffer.subarray(0, read);
      chunk.update(piece);
      whole.update(piece);
      at += read;
      onBytes(at);
    }
    chunks.push(chunk.digest('hex'));
  }
  return { chunks, sha256: whole.digest('hex') };
}

/**
 * Makes sure that a part is what it should be, and returns its SHA-256. Chunks that the disk has changed are fetched again.
 * Where the whole still differs from the known hash, a chunk came in wrong: each is fetched once more and compared; all are, in one
 * stream, from a server without ranges.
 * @throws AppError `damaged`; what a transfer throws
 */
export async function verifyPart(
  folder: DownloadFolder,
  file: number,
  part: PartFile,
  transfer: FileTransfer,
  options: VerifyOptions,
): Promise<string> {
  const { byteLength, chunkBytes, sha256: expected } = folder.manifest.files[file];
  if (byteLength === null) throw new AppError('internal', 'A file without a length cannot be verified.');
  const hashes = () => hashPart(part, byteLength, chunkBytes, options);
  for (let round = 0; round < mostRounds; round++) {
    const { chunks, sha256 } = await hashes();
    const known = folder.chunks(file);
    const wrong = chunks.flatMap((hash, index) => (known.get(index) === hash ? [] : [index]));
    if (wrong.length > 0) {
      for (const index of wrong) await folder.drop(file, index);
      await transfer.run();
      continue;
    }
    if (expected === null || sha256 === expected) return sha256;
    return mendFromSource(folder, file, transfer, expected, async () => (await hashes()).sha256);
  }
  throw new AppError('damaged', 'The disk gives back other bytes than were written to it. Check the disk.');
}

/** Compares every chunk with a second copy of it, and where both differ, with a third. */
async function mendFromSource(
  folder: DownloadFolder,
  file: number,
  transfer: FileTransfer,
  expected: string,
  wholeHash: () => Promise<string>,
): Promise<string> {
  if (!transfer.hasRanges) {
    await transfer.streamAgain();
    if ((await wholeHash()) === expected) return expected;
    throw notTheOne(expected);
  }
  for (let index = 0; index < transfer.chunkCount; index++) {
    const held = folder.chunks(file).get(index);
    const second = await transfer.fetchAgain(index);
    if (sha256Of(second) === held) continue;
    const third = await transfer.fetchAgain(index);
    if (sha256Of(third) === held) continue;
    await transfer.replaceChunk(index, third, sha256Of(third));
    if ((await wholeHash()) === expected) return expected;
  }
  throw notTheOne(expected);
}

const notTheOne = (expected: string): AppError =>
  new AppError(
    'damaged',
    'The file is not the one that it should be: its SHA-256 differs from the known one. Nothing of it is offered.',
    `expected ${expected}`,
  );

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
