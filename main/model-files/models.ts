// Everything a shell or the terminal can do with models on the disk, in one object: catalogue, library, downloads. Tells the
// window what has changed.
import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { fitInto, shapeOf, type Fit, type FitOptions, type ModelShape } from '../../engine/format/memoryNeeds.ts';
import type { EventHub } from '../events.ts';
import { AppError, toAppError } from '../ipc/errors.ts';
import type {
  CatalogueModel,
  Download,
  DownloadPreview,
  DownloadSettings,
  LibraryModel,
  LibraryProgress,
  LibraryState,
} from '../ipc/libraryContract.ts';
import { downloadSettings } from '../ipc/librarySchemas.ts';
import type { LibraryModelStore } from '../store/libraryModels.ts';
import type { SettingsStore } from '../store/settings.ts';
import { describeCheckpoint } from './about.ts';
import { binName, createBin } from './bin.ts';
import { downloadableModels, findVariant, readCatalogue, variantId, type Catalogue } from './catalogue.ts';
import { checkAddress, slugOf } from './download/address.ts';
import { realDisk, type Disk } from './download/disk.ts';
import { createDownloads, type Downloads } from './download/downloads.ts';
import { findSource, findVariantSource, type HubOptions, type Source } from './download/hub.ts';
import { BandwidthLimit, type RetryRules } from './download/pace.ts';
import { TransferProblem } from './download/problems.ts';
import { probe } from './download/remoteFile.ts';
import { remoteSource } from './download/remoteSource.ts';
import { createHttpClient, type Timeouts } from './download/request.ts';
import { estimateModel } from './estimatedShape.ts';
import { freeId, importModel } from './importModel.ts';
import type { Library } from './library.ts';
import { inspectModel, inspectSources } from './modelFiles.ts';
import { bytesOf, checkTarget, moveModels } from './moveModels.ts';
import { placeDownload } from './placeDownload.ts';
import { verifyModel } from './verifyModel.ts';

export interface Models {
  readonly downloads: Downloads;
  catalogue(): CatalogueModel[];
  fit(shape: ModelShape, options: FitOptions, budgetBytes: number): Fit;
  state(): Promise<LibraryState>;
  firstFile(id: string): string;
  import(given: string, how: 'link' | 'copy'): Promise<{ model: LibraryModel; isNew: boolean }>;
  /** Completes what is known of a linked model from its header, in the background; a file that cannot be read keeps its name. */
  describe(id: string): Promise<void>;
  verify(id: string): Promise<LibraryModel>;
  remove(id: string): Promise<void>;
  restore(id: string): Promise<LibraryModel>;
  move(folder: string): Promise<LibraryState>;
  pull(id: string): Promise<Download>;
  add(source: string, options: { sha256: string | null; quantization: string | null }): Promise<Download>;
  preview(source: string, quantization: string | null): Promise<DownloadPreview>;
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

/** Where models are kept: the data folder's own, or the one that the user has chosen. */
export interface ModelsFolders {
  current(): string;
  /** The current one, and the one that its models are moving to. */
  all(): readonly string[];
  beginMove(to: string): void;
  endMove(): void;
  /** The target of a move that was cut off. */
  unfinished(): string | undefined;
}

const downloadsName = '.downloads';
const settingsKey = 'downloads';
const tidyMs = 10 * 60_000;
const progressMs = 100;
const previewMs = 60_000;
const noSettings: DownloadSettings = { mirror: null, bytesPerSecond: null };

export function createModelsFolders(settings: SettingsStore, dataFolder: string): ModelsFolders {
  const read = (key: string) => settings.read(key, v.nullable(v.string())) ?? undefined;
  const current = () => read('modelsFolder') ?? path.join(dataFolder, 'models');
  const unfinished = () => read('modelsFolderMove');
  return {
    current,
    unfinished,
    all: () => [current(), unfinished()].filter((folder) => folder !== undefined),
    beginMove: (to) => settings.write('modelsFolderMove', to),
    endMove() {
      settings.write('modelsFolder', unfinished() ?? current());
      settings.write('modelsFolderMove', null);
    },
  };
}

export function createModels(options: ModelsOptions): Models {
  const { library, rows, folders, events } = options;
  const catalogue = options.catalogue ?? readCatalogue();
  const disk = options.disk ?? realDisk;
  const bandwidth = new BandwidthLimit();
  const modelsFolder = (): string => folders.current();
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
    folder: () => path.join(modelsFolder(), downloadsName),
    ...(options.retry && { retry: options.retry }),
    async place(manifest, files) {
      const id = await placeDownload(manifest, files, { library, rows, modelsFolder });
      libraryChanged();
      return id;
    },
    onChange: (list) => events.emit('downloads:changed', list),
  });
  const bin = createBin({ library, rows, modelsFolder });
  const busy = new Set<string>();
  let tidying: NodeJS.Timeout | undefined;
  let toldAt = -Infinity;

  const hub = (): HubOptions => ({ client, hub: catalogue.hub, mirror: readSettings().mirror });
  const onProgress = (progress: LibraryProgress): void => {
    const now = performance.now();
    if (now - toldAt < progressMs && progress.bytes < progress.totalBytes) return;
    toldAt = now;
    events.emit('library:progress', progress);
  };
  const importContext = { library, rows, modelsFolder, disk, onProgress };

  /** One piece of work at a time on one model; on `*`, the only one at all. */
  async function alone<Value>(id: string, work: () => Promise<Value>): Promise<Value> {
    if (busy.has(id) || busy.has('*') || (id === '*' && busy.size > 0))
      throw new AppError('in-use', 'Conclave is still busy with this model. Wait until that is done.');
    busy.add(id);
    try {
      return await work();
    } catch (error) {
      throw error instanceof TransferProblem ? error.error : error;
    } finally {
      busy.delete(id);
    }
  }

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
    const unfinished = await bytesOf(path.join(folder, downloadsName));
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
    const row = rows.get(id);
    if (row === undefined || row.removedAt !== null || library.get(id).shape !== null) return;
    try {
      const about = describeCheckpoint(await inspectModel(library.paths(id)), {});
      const now = rows.get(id);
      if (now !== undefined) rows.put({ ...now, about });
      libraryChanged();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }

  /** The model that this source has already become, if its hash is the one wanted. */
  function installed(source: string, sha256: string | null): LibraryModel | undefined {
    return library
      .models()
      .find(
        (model) =>
          model.source === source && model.problem === null && (sha256 === null || model.files[0]?.sha256 === sha256),
      );
  }

  async function download(
    source: string,
    found: Omit<Source, 'choices'>,
    modelId: string,
    about: Record<string, unknown>,
    sha256: string | null,
  ): Promise<Download> {
    const there = installed(source, sha256);
    if (there !== undefined) return completed(there);
    if (sha256 !== null && found.files.length !== 1)
      throw new AppError('bad-address', 'A SHA-256 can be given for a single file only; this model has several.');
    await fs.mkdir(path.join(modelsFolder(), downloadsName), { recursive: true });
    const name = typeof about['name'] === 'string' ? about['name'] : found.name;
    const id = freeId(modelId, { library, rows });
    return downloads.add({ modelId: id, name, source, files: found.files, sha256, about });
  }

  return {
    downloads,
    state,
    fit: fitInto,
    settings: readSettings,

    catalogue: () =>
      downloadableModels(catalogue).map((model) => ({
        id: model.id,
        name: model.name,
        parameters: model.parameters,
        contextLength: model.contextLength,
        licence: model.licence,
        summary: model.summary,
        recommendedSampling: model.recommendedSampling,
        variants: model.variants.map((variant) => {
          const estimate = estimateModel(model, variant.quantization);
          const id = variantId(model, variant);
          return {
            id,
            quantization: variant.quantization,
            byteLength: variant.byteLength ?? estimate?.tensorBytes ?? null,
            estimated: variant.byteLength === undefined,
            shape: estimate?.shape ?? null,
            installed: rows.get(id)?.removedAt === null,
          };
        }),
      })),

    firstFile(id) {
      const first = library.paths(library.get(id).id)[0];
      return first.path;
    },

    import: (given, how) =>
      alone(given, async () => {
        const { id, isNew } = await importModel(given, how, importContext);
        libraryChanged();
        return { model: library.get(id), isNew };
      }),

    describe,

    verify: (id) =>
      alone(id, async () => {
        try {
          await verifyModel(id, { library, rows, onProgress });
        } finally {
          libraryChanged();
        }
        return library.get(id);
      }),

    remove: (id) =>
      alone(id, async () => {
        await bin.remove(id);
        libraryChanged();
      }),

    restore: (id) =>
      alone(id, async () => {
        await bin.restore(id);
        libraryChanged();
        return library.get(id);
      }),

    move: (folder) =>
      alone('*', async () => {
        const to = path.resolve(folder);
        await checkTarget({ from: modelsFolder(), to });
        for (const { id, state: of } of downloads.list())
          if (of !== 'paused' && of !== 'failed') await downloads.pause(id);
        await downloads.release();
        folders.beginMove(to);
        await finishMove();
        await downloads.restore({ start: false });
        libraryChanged();
        return state();
      }),

    pull: (id) =>
      alone(id, async () => {
        const found = findVariant(catalogue, id);
        if (found === undefined)
          throw new AppError('not-found', `The catalogue has no model "${id}". "models catalogue" lists what it has.`);
        const { model, variant } = found;
        const modelId = variantId(model, variant);
        const source = `catalogue:${modelId}`;
        const there = installed(source, null);
        if (there !== undefined) return completed(there);
        const files = await findVariantSource(hub(), variant, AbortSignal.timeout(previewMs));
        const { recommendedSampling: both, parameters, licence, summary, contextLength } = model;
        const recommendedSampling = both.direct ?? both.thinking ?? {};
        const words = { name: `${model.name} ${variant.quantization}`, parameters, licence, summary, contextLength };
        const about = { ...words, quantization: variant.quantization, recommendedSampling };
        return download(source, files, modelId, about, null);
      }),

    add: (source, { sha256, quantization }) =>
      alone(source, async () => {
        const pasted = source.trim();
        const label = quantization === null ? pasted : `${pasted} ${quantization.toUpperCase()}`;
        const there = installed(label, sha256);
        if (there !== undefined) return completed(there);
        const found = await findSource(hub(), pasted, quantization, AbortSignal.timeout(previewMs));
        return download(label, found, slugOf(found.name), {}, sha256);
      }),

    preview: (source, quantization) =>
      alone(source, async () => {
        const signal = AbortSignal.timeout(previewMs);
        const found = await findSource(hub(), source, quantization, signal);
        const sources = new Map<string, ReturnType<typeof remoteSource>>();
        const files: DownloadPreview['files'] = [];
        for (const { name, address, sha256 } of found.files) {
          const remote = await probe(client, checkAddress(address, { mirror: readSettings().mirror }), signal);
          const { byteLength } = remote;
          files.push({ name, byteLength, sha256: remote.sha256 ?? sha256 });
          if (remote.ranges && byteLength !== null)
            sources.set(name, remoteSource(client, name, { ...remote, byteLength }, signal));
        }
        const lengths = files.map(({ byteLength }) => byteLength);
        const preview: DownloadPreview = {
          name: found.name,
          files,
          byteLength: lengths.some((length) => length === null)
            ? null
            : lengths.reduce<number>((sum, length) => sum + (length ?? 0), 0),
          quantization: found.quantization,
          choices: found.choices,
          shape: null,
          problem: null,
        };
        if (sources.size < files.length) return preview;
        try {
          const checkpoint = await inspectSources(sources);
          return { ...preview, quantization: checkpoint.quantization, shape: shapeOf(checkpoint) };
        } catch (thrown) {
          const { code, message } = thrown instanceof TransferProblem ? thrown.error : toAppError(thrown);
          return { ...preview, problem: { code, message } };
        }
      }),

    setSettings(changes) {
      const changed = { ...readSettings(), ...changes };
      options.settings.write(settingsKey, changed);
      bandwidth.bytesPerSecond = changed.bytesPerSecond;
      return changed;
    },

    async start({ downloads: start, trash }) {
      if (folders.unfinished() !== undefined) await alone('*', finishMove).catch(() => undefined);
      await downloads.restore({ start });
      const tidy = () => bin.tidy(trash).then(libraryChanged, () => undefined);
      tidying = setInterval(() => void tidy(), tidyMs);
      tidying.unref();
      await tidy();
    },

    async close() {
      clearInterval(tidying);
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

/** A download that has nothing left to do. */
const completed = ({ id, name, source, byteLength }: LibraryModel): Download => ({
  id: '0'.repeat(16),
  modelId: id,
  name,
  source: source ?? '',
  state: 'complete',
  bytes: byteLength,
  totalBytes: byteLength,
  bytesPerSecond: 0,
  secondsLeft: 0,
  connections: 0,
  retryAt: null,
  note: null,
  problem: null,
});
