// Takes a model into the library from anywhere on the disk: a GGUF, a split one, or a Hugging Face folder. Linked in place or
// copied (without a second set of bytes where the file system can share them), checked in depth first.
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../ipc/errors.ts';
import type { LibraryProgress } from '../ipc/libraryContract.ts';
import type { LibraryModelStore } from '../store/libraryModels.ts';
import { describeCheckpoint } from './about.ts';
import { checkFileName, slugOf } from './download/address.ts';
import { copyModel } from './copyModel.ts';
import type { Disk } from './download/disk.ts';
import { linkedId, partPaths, type Library } from './library.ts';
import { inspectModel, type NamedPath } from './modelFiles.ts';

export interface ImportContext {
  library: Library;
  rows: LibraryModelStore;
  modelsFolder: () => string;
  disk: Disk;
  signal: AbortSignal;
  onProgress: (progress: LibraryProgress) => void;
}

const folderFiles = /\.(safetensors|json|jinja)$/;
const mostFolderFiles = 1000;

/** @returns the model's id, and whether it is new. @throws AppError `not-a-model`, `bad-name`, `disk-full`, `stopped` */
export async function importModel(
  given: string,
  how: 'link' | 'copy',
  context: ImportContext,
): Promise<{ id: string; isNew: boolean }> {
  const { library, rows, modelsFolder, disk, signal, onProgress } = context;
  onProgress({ id: given, stage: 'checking', bytes: 0, totalBytes: 0 });
  const files = await findFiles(path.resolve(given));
  const checkpoint = await inspectModel(files);
  signal.throwIfAborted();
  const duplicate = await findDuplicate(files, given, context);
  if (duplicate !== undefined) return { id: duplicate, isNew: false };

  const sizes = await Promise.all(files.map(async (file) => (await fs.stat(file.path)).size));
  const about = describeCheckpoint(checkpoint, isFolder(files) ? { name: nameFor(given, files) } : {});
  const common = { about, source: null, problem: null, addedAt: Date.now(), verifiedAt: null, removedAt: null };
  if (how === 'link') {
    const id = linkedId(files[0].path);
    const linked = files.map((file, index) => ({ path: file.path, byteLength: sizes[index] }));
    rows.put({ ...common, id, linked: true, files: linked });
    return { id, isNew: true };
  }
  const id = freeId(slugOf(nameFor(given, files)), context);
  const onBytes = (bytes: number, totalBytes: number) => onProgress({ id: given, stage: 'copying', bytes, totalBytes });
  await copyModel(files, sizes, { root: modelsFolder(), id }, { disk, signal, onBytes });
  const copied = files.map((file, index) => ({ path: file.name, byteLength: sizes[index] }));
  rows.put({ ...common, id, linked: false, files: copied });
  library.get(id);
  return { id, isNew: true };
}

/** An id that neither the library nor its folder has. */
export function freeId(wanted: string, { library, rows }: Pick<ImportContext, 'library' | 'rows'>): string {
  const taken = new Set(library.models().map(({ id }) => id));
  for (let number = 1; ; number++) {
    const id = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(id) && rows.get(id) === undefined) return id;
  }
}

/** The files of a model by one of them or by its folder; links are followed once, here. */
async function findFiles(given: string): Promise<NamedPath[]> {
  const found = await fs.stat(given).catch(() => {
    throw new AppError(
      'not-a-model',
      `${path.basename(given)} could not be read. Check that it is still there.`,
      given,
    );
  });
  let places: string[];
  if (found.isDirectory()) {
    const names = await fs.readdir(given);
    const weights = names.filter((name) => folderFiles.test(name));
    const ggufs = names.filter((name) => /\.gguf$/i.test(name));
    places = (weights.some((name) => name.endsWith('.safetensors')) ? weights : ggufs).map((name) =>
      path.join(given, name),
    );
    if (places.length > mostFolderFiles)
      throw new AppError('not-a-model', 'This folder has more files than any model. Choose the model itself.');
  } else if (path.basename(given).endsWith('.safetensors')) {
    return findFiles(path.dirname(given));
  } else {
    places = partPaths(given);
  }
  if (places.length === 0)
    throw new AppError('not-a-model', 'There is no model here: neither a GGUF file nor config.json with safetensors.');
  return Promise.all(
    places.map(async (place) => ({
      name: checkFileName(path.basename(place)),
      path: await fs.realpath(place).catch(() => place),
    })),
  );
}

/** By size first, so that most files need not be read. Hashes found on the way are kept. */
async function findDuplicate(
  files: readonly NamedPath[],
  given: string,
  { library, rows, signal, onProgress }: ImportContext,
): Promise<string | undefined> {
  const sizes = await Promise.all(files.map(async (file) => (await fs.stat(file.path)).size));
  const sameSizes = library.models().filter(
    ({ problem, files: theirs }) =>
      problem === null &&
      sameNumbers(
        sizes,
        theirs.map((file) => file.byteLength),
      ),
  );
  if (sameSizes.length === 0) return undefined;
  const samePlace = sameSizes.find(({ id }) =>
    library.paths(id).every((place, index) => place.path === files[index].path),
  );
  if (samePlace !== undefined) return samePlace.id;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
    onProgress({ id: given, stage: 'checking', bytes, totalBytes: total * (1 + sameSizes.length) });
  };
  const hash = (file: string) => hashFile(file, onBytes, signal);
  const hashes: string[] = [];
  for (const file of files) hashes.push(await hash(file.path));
  for (const { id, files: theirs } of sameSizes) {
    const row = rows.get(id);
    const known: string[] = [];
    for (const [index, place] of library.paths(id).entries())
      known.push(theirs[index].sha256 ?? (await hash(place.path)));
    if (row !== undefined)
      rows.put({ ...row, files: row.files.map((file, index) => ({ ...file, sha256: known[index] })) });
    if (hashes.every((value, index) => value === known[index])) return id;
  }
  return undefined;
}

export async function hashFile(file: string, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const handle = await fs.open(file, 'r');
  try {
    for await (const piece of handle.createReadStream({ highWaterMark: 2 ** 20, autoClose: false })) {
      signal.throwIfAborted();
      hash.update(piece as Buffer);
      onBytes((piece as Buffer).length);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** A Hugging Face folder, whose files all have the same names: it is called as the folder is. */
export const isFolder = (files: readonly { name: string }[]): boolean =>
  files.some(({ name }) => name.endsWith('.safetensors'));

const nameFor = (given: string, files: readonly NamedPath[]): string =>
  isFolder(files)
    ? path.basename(path.resolve(given.endsWith('.safetensors') ? path.dirname(given) : given))
    : files[0].name.replace(/\.gguf$/i, '').replace(/-\d{5}-of-\d{5}$/, '');

const sameNumbers = (left: readonly number[], right: readonly number[]): boolean =>
  left.length === right.length && left.every((value, index) => value === right[index]);
