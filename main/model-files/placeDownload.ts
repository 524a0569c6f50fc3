// Moves the verified parts of a download into the library; the model is offered from then on. Every step can be repeated: a
// crash in the midst leaves a download that is placed again.
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../ipc/errors.ts';
import type { ModelProblem } from '../ipc/libraryContract.ts';
import type { LibraryModelStore } from '../store/libraryModels.ts';
import { describeCheckpoint } from './about.ts';
import { syncFolder } from './download/disk.ts';
import type { VerifiedFile } from './download/download.ts';
import type { Manifest } from './download/downloadFolder.ts';
import { freeId } from './importModel.ts';
import { isWhole, type Library } from './library.ts';
import { inspectModel } from './modelFiles.ts';

export interface PlaceContext {
  library: Library;
  rows: LibraryModelStore;
  modelsFolder: () => string;
}

/** Returns the model's id: that of an older model where the bytes are the same. @throws AppError `not-a-model` */
export async function placeDownload(
  manifest: Manifest,
  files: readonly VerifiedFile[],
  { library, rows, modelsFolder }: PlaceContext,
): Promise<string> {
  const same = library
    .models()
    .find(
      (model) =>
        isWhole(model) &&
        model.files.length === files.length &&
        model.files.every(({ sha256 }, index) => sha256 !== null && sha256 === files[index].sha256),
    );
  if (same !== undefined) return same.id;

  // Another model may have taken the id since the download began.
  const id = rows.get(manifest.modelId) === undefined ? manifest.modelId : freeId(manifest.modelId, { library, rows });
  const folder = path.join(modelsFolder(), id);
  const places = await Promise.all(
    files.map(async ({ name, path: part }) => {
      const target = path.join(folder, name);
      return { name, target, path: (await exists(part)) ? part : target };
    }),
  );
  let about: object = manifest.about;
  let problem: ModelProblem | null = null;
  try {
    about = describeCheckpoint(await inspectModel(places), manifest.about);
  } catch (error) {
    // With a known hash the file is what it should be; that Conclave cannot run it is another matter.
    if (!(error instanceof AppError) || manifest.files.some(({ sha256Known }) => !sha256Known)) throw error;
    problem = { code: error.code, message: error.message };
  }
  await fs.mkdir(folder, { recursive: true });
  for (const place of places) if (place.path !== place.target) await fs.rename(place.path, place.target);
  await syncFolder(folder);
  await syncFolder(modelsFolder());
  const time = Date.now();
  rows.put({
    id,
    linked: false,
    files: files.map(({ name, byteLength, sha256 }) => ({ path: name, byteLength, sha256 })),
    about,
    source: manifest.source,
    problem,
    addedAt: time,
    verifiedAt: time,
    removedAt: null,
  });
  return id;
}

const exists = async (file: string): Promise<boolean> => (await fs.stat(file).catch(() => undefined)) !== undefined;
