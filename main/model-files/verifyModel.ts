// Verifies a model again: every byte against its known SHA-256 where there is one, and its structure. What is found wrong
// takes the model off offer until a later verification finds it right.
import { AppError } from '../ipc/errors.ts';
import type { LibraryProgress } from '../ipc/libraryContract.ts';
import type { LibraryModelStore } from '../store/libraryModels.ts';
import { describeCheckpoint } from './about.ts';
import { hashFile } from './importModel.ts';
import { sizeOf, type Library } from './library.ts';
import { inspectModel } from './modelFiles.ts';

export interface VerifyContext {
  library: Library;
  rows: LibraryModelStore;
  signal: AbortSignal;
  onProgress: (progress: LibraryProgress) => void;
}

/** @throws AppError `damaged`, `not-found`, `stopped` */
export async function verifyModel(id: string, { library, rows, signal, onProgress }: VerifyContext): Promise<void> {
  const model = library.get(id);
  const places = library.paths(id);
  const row = rows.get(id);
  const known = model.files.map(({ sha256 }) => sha256);
  try {
    const missing = places.find((place) => sizeOf(place.path) === 0);
    if (missing !== undefined) throw new AppError('not-found', `${missing.name} is not there.`, missing.path);
    const totalBytes = places.reduce((sum, place) => sum + sizeOf(place.path), 0);
    let bytes = 0;
    const onBytes = (count: number) => {
      bytes += count;
      onProgress({ id, stage: 'verifying', bytes, totalBytes });
    };
    const hashes: string[] = [];
    for (const place of places) hashes.push(await hashFile(place.path, onBytes, signal));
    const wrong = hashes.findIndex((hash, index) => known[index] !== null && known[index] !== hash);
    if (wrong >= 0)
      throw new AppError(
        'damaged',
        `${places[wrong].name} is damaged: its bytes are not those that it had. Download or copy it again.`,
        `expected ${known[wrong]}, found ${hashes[wrong]}`,
      );
    const isKnown = known.every((hash) => hash !== null);
    const checkpoint = await inspectModel(places).catch((error: unknown) => {
      // With its own hash it is the file that it was: whole, though Conclave cannot run it.
      if (error instanceof AppError && isKnown) return error;
      throw error instanceof AppError ? new AppError('damaged', error.message, error.detail) : error;
    });
    if (row === undefined) return;
    const files = row.files.map((file, index) => ({
      ...file,
      byteLength: sizeOf(places[index].path),
      sha256: hashes[index],
    }));
    const verified = { ...row, files, verifiedAt: Date.now() };
    if (checkpoint instanceof AppError) {
      const { code, message } = checkpoint;
      rows.put({ ...verified, problem: { code, message } });
    } else {
      rows.put({ ...verified, about: describeCheckpoint(checkpoint, row.about as object), problem: null });
    }
  } catch (thrown) {
    const saysNothing = thrown instanceof AppError && (thrown.code === 'not-found' || thrown.code === 'stopped');
    if (thrown instanceof AppError && row !== undefined && !saysNothing)
      rows.put({ ...row, problem: { code: thrown.code, message: thrown.message } });
    throw thrown;
  }
}
