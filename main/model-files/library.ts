// The models on this machine: those that ship with the app, those in the models folder, and files that stay where they are.
// Every file that can be read over weights:// or /weights/ is named here; nothing else can.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ModelShape } from '../../engine/format/memoryNeeds.ts';
import type { InstalledModel } from '../ipc/contract.ts';
import { AppError } from '../ipc/errors.ts';
import type { LibraryModel, ModelProblem } from '../ipc/libraryContract.ts';
import type { LibraryModelStore, LibraryRow } from '../store/libraryModels.ts';
import { readAbout } from './about.ts';
import { embeddedModels, readCatalogue, type EmbeddedModel } from './catalogue.ts';
import { checkFileName } from './download/address.ts';
import { checkGgufHeader, partNames } from './ggufFile.ts';
import type { NamedPath } from './modelFiles.ts';

export interface Library {
  /** Those that can be used: without problems, and with all files there now. */
  list(): InstalledModel[];
  /** All of them, with what is known of each. */
  models(): LibraryModel[];
  /** @throws AppError `not-found` */
  get(id: string): LibraryModel;
  /** Remembers a GGUF file (or, by any of its parts, a split one) and returns its model's id. @throws AppError `not-a-model` */
  link(file: string): string;
  /**
   * The path of one file of one model.
   * @throws AppError `bad-name` for a name that could lead elsewhere, or a link that does; `not-found` for any other
   */
  find(modelId: string, fileName: string): string;
  /** Where a model's files are, whether they are there or not. */
  paths(modelId: string): NamedPath[];
  /** The folder of a model that lies in the models folder. */
  folderOf(modelId: string): string;
  used(modelId: string): void;
  /** What was read from the header of a model that ships with the app; kept while the app runs. */
  learn(modelId: string, shape: ModelShape): void;
}

export interface LibraryOptions {
  rows: LibraryModelStore;
  /** Holds the folders of the models that ship with the app. */
  embeddedFolder: string;
  /** The user's models folder, and the one that its models are just moving to. */
  modelsFolders: () => readonly string[];
  weightsAddress: (modelId: string, fileName: string) => string;
  embedded?: readonly EmbeddedModel[];
}

export function createLibrary(options: LibraryOptions): Library {
  const { rows, embeddedFolder, modelsFolders, weightsAddress } = options;
  const embedded = options.embedded ?? embeddedModels(readCatalogue());
  const shapes = new Map<string, ModelShape>();

  const folderOf = (modelId: string): string => {
    const folders = modelsFolders().map((folder) => path.join(folder, modelId));
    return folders.find((folder) => fs.existsSync(folder)) ?? folders[0];
  };
  const pathsOfRow = ({ id, linked, files }: LibraryRow): NamedPath[] =>
    linked && files.length === 1
      ? partPaths(files[0].path).map(named)
      : files.map((file) => (linked ? named(file.path) : named(path.join(folderOf(id), file.path))));
  const paths = (modelId: string): NamedPath[] => {
    const shipped = embedded.find(({ id }) => id === modelId);
    if (shipped !== undefined)
      return shipped.files.map(({ name }) => ({ name, path: path.join(embeddedFolder, shipped.folder, name) }));
    const row = rows.get(modelId);
    return row === undefined || row.removedAt !== null ? [] : pathsOfRow(row);
  };

  const models = (): LibraryModel[] => {
    const lastUsed = rows.lastUsed();
    const use = (id: string) => ({ lastUsedAt: lastUsed.get(id) ?? null });
    return [
      ...embedded
        .filter(({ id }) => allThere(paths(id)))
        .map((model) => ({ ...describeEmbedded(model), ...use(model.id) })),
      ...rows.list().map((row) => ({ ...describeRow(row), ...use(row.id) })),
    ];
  };

  function describeEmbedded(model: EmbeddedModel): LibraryModel {
    const { id, name, parameters, quantization, contextLength, licence, summary } = model;
    const files = model.files.map(({ name: file, sha256 }, index) => ({
      name: file,
      byteLength: sizeOf(paths(id)[index].path),
      sha256,
    }));
    return {
      ...{ id, name, parameters, quantization, contextLength, licence, summary },
      format: 'gguf',
      place: 'embedded',
      folder: path.join(embeddedFolder, model.folder),
      files,
      byteLength: files.reduce((sum, { byteLength }) => sum + byteLength, 0),
      shape: shapes.get(id) ?? null,
      source: null,
      problem: null,
      addedAt: null,
      lastUsedAt: null,
      verifiedAt: null,
    };
  }

  function describeRow(row: LibraryRow): LibraryModel {
    const places = pathsOfRow(row);
    const { name, parameters, quantization, contextLength, licence, summary, shape } = readAbout(
      row.about,
      places[0]?.name ?? row.id,
    );
    const files = places.map((place, index) => ({
      name: place.name,
      byteLength: sizeOf(place.path),
      sha256: row.files[index]?.sha256 ?? null,
    }));
    return {
      ...{ parameters, quantization, contextLength, licence, summary, shape },
      id: row.id,
      name: name ?? row.id,
      format: files.some((file) => file.name.endsWith('.safetensors')) ? 'hugging-face' : 'gguf',
      place: row.linked ? 'linked' : 'library',
      folder: path.dirname(places[0]?.path ?? ''),
      files,
      byteLength: files.reduce((sum, { byteLength }) => sum + byteLength, 0),
      source: row.source,
      problem: (row.problem as ModelProblem | null) ?? problemOf(row, files),
      addedAt: row.addedAt,
      lastUsedAt: null,
      verifiedAt: row.verifiedAt,
    };
  }

  type Advice = Pick<InstalledModel, 'recommendedSampling' | 'thinkingSampling' | 'thinking'>;
  const adviceOf = (id: string): Advice => {
    const own = embedded.find((model) => model.id === id);
    if (own) return { recommendedSampling: own.recommendedSampling };
    const { recommendedSampling, thinkingSampling, thinking } = readAbout(rows.get(id)?.about, '');
    return { recommendedSampling, ...(thinkingSampling && { thinkingSampling }), ...(thinking && { thinking }) };
  };

  const toInstalled = (model: LibraryModel): InstalledModel => {
    const { id, name, byteLength, parameters, quantization, contextLength, licence, summary, files } = model;
    return {
      ...{ id, name, byteLength, parameters, quantization, contextLength, licence, summary },
      fileName: files[0].name,
      ...adviceOf(id),
      embedded: model.place === 'embedded',
      files: files.map((file) => ({
        name: file.name,
        url: weightsAddress(id, file.name),
        byteLength: file.byteLength,
      })),
    };
  };

  return {
    models,
    folderOf,
    paths,
    list: () =>
      models()
        .filter(({ problem }) => problem === null)
        .map(toInstalled),
    get(id) {
      const model = models().find((candidate) => candidate.id === id);
      if (model === undefined) throw new AppError('not-found', 'This model is no longer in the library.');
      return model;
    },
    link(file) {
      const first = partPaths(path.resolve(file))[0];
      for (const part of partPaths(first)) checkGgufHeader(part);
      const real = fs.realpathSync(first);
      const known = models().find(({ id }) => paths(id).some((place) => sameFile(place.path, real)));
      if (known !== undefined) return known.id;
      const id = linkedId(real);
      const row = { id, linked: true, files: [{ path: real }], about: {}, source: null, problem: null };
      rows.put({ ...row, addedAt: Date.now(), verifiedAt: null, removedAt: null });
      return id;
    },
    find(modelId, fileName) {
      const found = paths(modelId).find(({ name }) => name === fileName);
      if (found === undefined) checkFileName(fileName);
      if (found === undefined || sizeOf(found.path) === 0)
        throw new AppError('not-found', 'The library has no such file.', `${modelId}: ${fileName}`);
      const row = rows.get(modelId);
      const stays = row === undefined || row.linked || modelsFolders().some((folder) => liesIn(found.path, folder));
      if (!stays)
        throw new AppError('bad-name', 'A link leads out of the models folder. It is not followed.', found.path);
      return found.path;
    },
    used: (modelId) => rows.setUsed(modelId, Date.now()),
    learn: (modelId, shape) => void shapes.set(modelId, shape),
  };
}

/** All bytes are there and right, also where Conclave cannot run them. */
export const isWhole = ({ problem }: Pick<LibraryModel, 'problem'>): boolean =>
  problem === null || problem.code === 'not-a-model';

/** The id of a model that stays where it is. */
export const linkedId = (realPath: string): string =>
  `file-${createHash('sha256').update(realPath).digest('hex').slice(0, 16)}`;

const named = (file: string): NamedPath => ({ name: path.basename(file), path: file });

export function partPaths(file: string): string[] {
  return partNames(path.basename(file)).map((name) => path.join(path.dirname(file), name));
}

const allThere = (files: readonly NamedPath[]): boolean => files.every((file) => sizeOf(file.path) > 0);

function problemOf(row: LibraryRow, files: LibraryModel['files']): ModelProblem | null {
  const gone = files.find(({ byteLength }) => byteLength === 0);
  if (gone !== undefined || files.length === 0)
    return { code: 'not-found', message: `${gone?.name ?? row.id} is not there; its disk may not be connected.` };
  const cut = files.find(({ byteLength }, index) => byteLength !== (row.files[index]?.byteLength ?? byteLength));
  if (cut === undefined) return null;
  return { code: 'damaged', message: `${cut.name} is not the size it was when it was added. Verify it again.` };
}

/** 0 where there is no file. */
export function sizeOf(file: string): number {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : 0;
}

function sameFile(left: string, right: string): boolean {
  try {
    return fs.realpathSync(left) === right;
  } catch {
    return false;
  }
}

/** No link leads out of the folder. */
function liesIn(file: string, folder: string): boolean {
  try {
    const relative = path.relative(fs.realpathSync(folder), fs.realpathSync(file));
    return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  } catch {
    return false;
  }
}
