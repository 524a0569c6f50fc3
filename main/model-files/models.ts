// Everything a shell or the terminal can do with models on the disk, in one object: catalogue, library, downloads. Tells the
// window what has changed.
import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { fitInto, shapeOf, type Fit, type FitOptions, type ModelShape } from '../../engine/format/memoryNeeds.ts';
import type { EventHub } from '../events.ts';
import { AppError } from '../ipc/errors.ts';
import type { DownloadSettings, LibraryModel, LibraryProgress, LibraryState } from '../ipc/libraryContract.ts';
import { downloadSettings } from '../ipc/librarySchemas.ts';
import type { LibraryModelStore } from '../store/libraryModels.ts';
import type { SettingsStore } from '../store/settings.ts';
import { describeCheckpoint, type About } from './about.ts';
import { binName, createBin } from './bin.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { realDisk, type Disk } from './download/disk.ts';
import { createDownloads, type Downloads } from './download/downloads.ts';
import { BandwidthLimit, type RetryRules } from './download/pace.ts';
import { createHttpClient, type Timeouts } from './download/request.ts';
import { stagingName } from './copyModel.ts';
import { importModel } from './importModel.ts';
import type { Library } from './library.ts';
import { inspectModel } from './modelFiles.ts';
import type { ModelsFolders } from './modelsFolders.ts';
import { createModelSources, type ModelSources } from './modelSources.ts';
import { bytesOf, checkTarget, moveModels, movingPrefix } from './moveModels.ts';
import { placeDownload } from './placeDownload.ts';
import { verifyModel } from './verifyModel.ts';
import { createWork, everything } from './work.ts';

export interface Models extends ModelSources {
  readonly downloads: Downloads;
  fit(shape: ModelShape, options: FitOptions, budgetBytes: number): Fit;
  state(): Promise<LibraryState>;
  firstFile(id: string): string;
  import(given: string, how: 'link' | 'copy'): Promise<{ model: LibraryModel; isNew: boolean }>;
  /** Completes what is known of a model from its header; of a file that cannot be read there is its name. */
  describe(id: string): Promise<void>;
  verify(id: string): Promise<LibraryModel>;
  /** Ends a verification by the model's id, an import by its path, and waits until nothing of it is left. */
  cancel(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  restore(id: string): Promise<LibraryModel>;
  move(folder: string): Promise<LibraryState>;
  settings(): DownloadSettings;
  setSettings(changes: Partial<DownloadSettings>): DownloadSettings;
  /** Goes on with what the last run left: downloads where `downloads` is true, a move that was cut off, the bin. */
  start(options: { downloads: boolean; trash?: ((path: string) => Promise<void>) | undefined }): Promise<void>;
  close(): Promise<void>;
}

export interface ModelsOptions {
  library: Library;
  rows: LibraryModelStore;
  settings: SettingsStore;
  folders: ModelsFolders;
  events: EventHub;
  catalogue?: Catalogue;
  disk?: Disk;
  retry?: RetryRules;
  timeouts?: Timeouts;
}

const downloadsName = '.downloads';
const settingsKey = 'downloads';
const tidyMs = 10 * 60_000;
const progressMs = 100;
const noSettings: DownloadSettings = { mirror: null, bytesPerSecond: null };

export function createModels(options: ModelsOptions): Models {
  const { library, rows, folders, events } = options;
  const disk = options.disk ?? realDisk;
  const bandwidth = new BandwidthLimit();
  const modelsFolder = (): string => folders.current();
  const downloadsFolder = (): string => path.join(modelsFolder(), downloadsName);
  const readSettings = (): DownloadSettings => ({
    ...noSettings,
    ...options.settings.read(settingsKey, v.strictObject(downloadSettings)),
  });
  bandwidth.bytesPerSecond = readSettings().bytesPerSecond;
  const client = createHttpClient({
    rules: () => ({ mirror: readSettings().mirror }),
    ...(options.timeouts && { timeouts: options.timeouts }),
  });
  const downloads = createDownloads({
    client,
    disk,
    bandwidth,
    folder: downloadsFolder,
    ...(options.retry && { retry: options.retry }),
    async place(manifest, files) {
      const id = await placeDownload(manifest, files, { library, rows, modelsFolder });
      libraryChanged();
      return id;
    },
    onChange: (list) => events.emit('downloads:changed', list),
  });
  const bin = createBin({ library, rows, modelsFolder });
  const work = createWork();
  let tidying: NodeJS.Timeout | undefined;
  let toldAt = -Infinity;
  let startsDownloads = false;
  let closed = false;

  const sources = createModelSources({
    catalogue: options.catalogue ?? readCatalogue(),
    client,
    library,
    rows,
    downloads,
    downloadsFolder,
    mirror: () => readSettings().mirror,
  });
  const onProgress = (progress: LibraryProgress): void => {
    const now = performance.now();
    if (now - toldAt < progressMs && progress.bytes < progress.totalBytes) return;
    toldAt = now;
    events.emit('library:progress', progress);
  };
  const importContext = { library, rows, modelsFolder, disk, onProgress };

  function libraryChanged(): void {
    events.emit('models:changed', library.list());
    void state().then(
      (value) => events.emit('library:changed', value),
      () => undefined,
    );
  }

  async function state(): Promise<LibraryState> {
    const folder = modelsFolder();
    const all = await bytesOf(folder);
    const removedBytes = await bytesOf(path.join(folder, binName));
    const downloadBytes = downloads.list().reduce((sum, { bytes }) => sum + bytes, 0);
    const unfinished = await bytesOf(downloadsFolder());
    const existing = (await fs.stat(folder).catch(() => undefined)) === undefined ? path.dirname(folder) : folder;
    const freeBytes = await fs.statfs(existing).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => 0,
    );
    return {
      models: library.models(),
      modelsFolder: folder,
      disk: { modelBytes: all - removedBytes - unfinished, removedBytes, downloadBytes, freeBytes },
      removed: bin.list().map((row) => ({
        id: row.id,
        name: (row.about as { name?: string | null }).name ?? row.id,
        removedAt: row.removedAt ?? 0,
      })),
    };
  }

  async function describe(id: string): Promise<void> {
    const { shape, problem } = library.get(id);
    if (shape !== null || problem !== null) return;
    try {
      const checkpoint = await inspectModel(library.paths(id));
      // Nobody waits for this: the app may have ended meanwhile.
      if (closed) return;
      const row = rows.get(id);
      if (row === undefined) library.learn(id, shapeOf(checkpoint));
      else rows.put({ ...row, about: describeCheckpoint(checkpoint, { ...(row.about as Partial<About>) }) });
      libraryChanged();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }

  return {
    downloads,
    state,
    fit: fitInto,
    settings: readSettings,

    firstFile(id) {
      const first = library.paths(library.get(id).id)[0];
      return first.path;
    },

    import: (given, how) =>
      work.stoppable(given, async (signal) => {
        const { id, isNew } = await importModel(given, how, { ...importContext, signal });
        libraryChanged();
        return { model: library.get(id), isNew };
      }),

    describe,

    verify: (id) =>
      work.stoppable(id, async (signal) => {
        try {
          await verifyModel(id, { library, rows, signal, onProgress });
        } finally {
          libraryChanged();
        }
        return library.get(id);
      }),

    cancel: (id) => work.stop(id),

    remove: (id) =>
      work.alone(id, async () => {
        await bin.remove(id);
        libraryChanged();
      }),

    restore: (id) =>
      work.alone(id, async () => {
        await bin.restore(id);
        libraryChanged();
        return library.get(id);
      }),

    move: (folder) =>
      work.alone(everything, async () => {
        const to = path.resolve(folder);
        await checkTarget({ from: modelsFolder(), to });
        await downloads.release();
        folders.beginMove(to);
        await finishMove();
        await downloads.restore({ start: startsDownloads });
        libraryChanged();
        return state();
      }),

    catalogue: () => sources.catalogue(),
    pull: (id) => work.alone(id, () => sources.pull(id)),
    add: (source, wanted) => work.alone(source, () => sources.add(source, wanted)),
    preview: (source, quantization) => work.alone(source, () => sources.preview(source, quantization)),

    setSettings(changes) {
      const changed = { ...readSettings(), ...changes };
      options.settings.write(settingsKey, changed);
      bandwidth.bytesPerSecond = changed.bytesPerSecond;
      return changed;
    },

    async start({ downloads: start, trash }) {
      startsDownloads = start;
      if (folders.unfinished() !== undefined) await work.alone(everything, finishMove).catch(() => undefined);
      await removeLeftovers(modelsFolder());
      await downloads.restore({ start });
      const tidy = () => bin.tidy(trash).then(libraryChanged, () => undefined);
      tidying = setInterval(() => void tidy(), tidyMs);
      tidying.unref();
      await tidy();
      for (const { id } of library.models()) await describe(id);
    },

    async close() {
      closed = true;
      clearInterval(tidying);
      await work.stopAll();
      await downloads.close();
      client.close();
    },
  };

  async function finishMove(): Promise<void> {
    const to = folders.unfinished();
    if (to === undefined) return;
    await moveModels(
      { from: modelsFolder(), to },
      { disk, onProgress: (bytes, totalBytes) => onProgress({ id: to, stage: 'moving', bytes, totalBytes }) },
    );
    folders.endMove();
  }
}

/** What a crash left of copies that had not got their names. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await fs.readdir(folder).catch(() => []);
  for (const name of names)
    if (name === stagingName || name.startsWith(movingPrefix))
      await fs.rm(path.join(folder, name), { recursive: true, force: true });
}
