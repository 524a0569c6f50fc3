// Removing models with a way back: into a folder of the app first; from there, after a while, to the platform's own bin, or
// where there is none, away. Linked models only leave the list.
import fs from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../ipc/errors.ts';
import type { LibraryModelStore, LibraryRow } from '../store/libraryModels.ts';
import { syncFolder } from './download/disk.ts';
import type { Library } from './library.ts';

export const binName = '.removed';
/** Until then `restore` brings a model back; then the platform's bin has it. */
const platformBinAfterMs = 10 * 60_000;
/** Where there is no platform's bin. */
const deleteAfterMs = 30 * 24 * 60 * 60_000;

export interface Bin {
  /** @throws AppError `not-found`, `forbidden` for what ships with the app */
  remove(id: string): Promise<void>;
  /** @throws AppError `not-found` */
  restore(id: string): Promise<void>;
  list(): LibraryRow[];
  /** Empties what has been there long enough; `trash` is the platform's bin. */
  tidy(trash: ((path: string) => Promise<void>) | undefined, now?: number): Promise<void>;
}

export interface BinOptions {
  library: Library;
  rows: LibraryModelStore;
  modelsFolder: () => string;
}

export function createBin({ library, rows, modelsFolder }: BinOptions): Bin {
  const folderOf = (id: string): string => path.join(modelsFolder(), binName, id);
  const rowOf = (id: string, removed: boolean): LibraryRow => {
    const row = rows.get(id);
    if (row === undefined || (row.removedAt !== null) !== removed)
      throw new AppError('not-found', 'This model is no longer in the library.');
    return row;
  };

  return {
    async remove(id) {
      if (library.models().some((model) => model.id === id && model.place === 'embedded'))
        throw new AppError('forbidden', 'This model ships with Conclave and stays.');
      const row = rowOf(id, false);
      if (!row.linked) await move(library.folderOf(id), folderOf(id));
      rows.put({ ...row, removedAt: Date.now() });
    },

    async restore(id) {
      const row = rowOf(id, true);
      if (!row.linked) await move(folderOf(id), path.join(modelsFolder(), id));
      rows.put({ ...row, removedAt: null });
    },

    list: () => rows.removed(),

    async tidy(trash, now = Date.now()) {
      const after = trash === undefined ? deleteAfterMs : platformBinAfterMs;
      for (const { id, linked, removedAt } of rows.removed()) {
        if (removedAt === null || now - removedAt < after) continue;
        if (!linked && trash !== undefined) await trash(folderOf(id)).catch(() => undefined);
        if (!linked && trash === undefined) await fs.rm(folderOf(id), { recursive: true, force: true });
        const isGone = linked || (await fs.stat(folderOf(id)).catch(() => undefined)) === undefined;
        if (isGone) rows.delete(id);
      }
    },
  };
}

/** Within one disk, so that it is done at once or not at all. A folder that is gone has nothing to move. */
async function move(from: string, to: string): Promise<void> {
  if ((await fs.stat(from).catch(() => undefined)) === undefined) return;
  await fs.mkdir(path.dirname(to), { recursive: true });
  await fs.rm(to, { recursive: true, force: true });
  await fs.rename(from, to);
  await syncFolder(path.dirname(to));
}
