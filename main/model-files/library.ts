// The models on this machine: those that ship with the app, and files that the user opened with it, which stay where
// they are. Every file that can be read over weights:// or /weights/ is named here; nothing else can.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { InstalledModel } from '../ipc/contract.ts';
import type { LinkedModelStore } from '../store/linkedModels.ts';
import { readCatalogue, embeddedModels, type EmbeddedModel } from './catalogue.ts';
import { checkGgufHeader, describeFileName, partNames } from './ggufFile.ts';

export interface Library {
  /** Those whose files are there now. */
  list(): InstalledModel[];
  /** Remembers a GGUF file (or, by any of its parts, a split one) and returns its model's id. @throws AppError `not-a-model` */
  link(file: string): string;
  /** The path of one file of one model; undefined for every other name. */
  find(modelId: string, fileName: string): string | undefined;
}

export interface LibraryOptions {
  linked: LinkedModelStore;
  modelsFolder: string;
  weightsAddress: (modelId: string, fileName: string) => string;
  catalogue?: readonly EmbeddedModel[];
}

export function createLibrary(options: LibraryOptions): Library {
  const { linked, modelsFolder, weightsAddress, catalogue = embeddedModels(readCatalogue()) } = options;

  const describeFiles = (id: string, paths: readonly string[]): InstalledModel['files'] | undefined => {
    const files = paths.map((file) => {
      const name = path.basename(file);
      return { name, url: weightsAddress(id, name), byteLength: sizeOf(file) };
    });
    return files.every(({ byteLength }) => byteLength > 0) ? files : undefined;
  };
  const pathsOf = (modelId: string): string[] => {
    const embedded = catalogue.find(({ id }) => id === modelId);
    if (embedded !== undefined) return embedded.files.map(({ name }) => path.join(modelsFolder, embedded.folder, name));
    const link = linked.list().find(({ id }) => id === modelId);
    return link === undefined ? [] : partPaths(link.path);
  };
  const installed = (id: string, rest: Omit<InstalledModel, 'id' | 'files' | 'fileName' | 'byteLength'>) => {
    const files = describeFiles(id, pathsOf(id));
    const first = files?.[0];
    if (files === undefined || first === undefined) return undefined;
    const byteLength = files.reduce((sum, file) => sum + file.byteLength, 0);
    return { id, fileName: first.name, byteLength, files, ...rest } satisfies InstalledModel;
  };

  const list = (): InstalledModel[] => {
    const embedded = catalogue.map(({ id, name, parameters, quantization, contextLength, ...about }) => {
      const { licence, summary, recommendedSampling } = about;
      const words = { name, parameters, quantization, contextLength, licence, summary, recommendedSampling };
      return installed(id, { ...words, embedded: true });
    });
    const opened = linked.list().map(({ id, path: file }) => {
      const words = { ...describeFileName(path.basename(file)), contextLength: null, licence: null, summary: null };
      // A file that is not there now may come back with its disk.
      return installed(id, { ...words, recommendedSampling: {}, embedded: false });
    });
    return [...embedded, ...opened].filter((model) => model !== undefined);
  };

  return {
    list,
    link(file) {
      const first = partPaths(path.resolve(file))[0];
      for (const part of partPaths(first)) checkGgufHeader(part);
      const real = fs.realpathSync(first);
      const shipped = catalogue.find(({ id }) => pathsOf(id).some((known) => sameFile(known, real)));
      if (shipped !== undefined) return shipped.id;
      const id = `file-${createHash('sha256').update(real).digest('hex').slice(0, 16)}`;
      linked.add({ id, path: real });
      return id;
    },
    find: (modelId, fileName) => pathsOf(modelId).find((file) => path.basename(file) === fileName && sizeOf(file) > 0),
  };

  function partPaths(file: string): string[] {
    return partNames(path.basename(file)).map((name) => path.join(path.dirname(file), name));
  }
}

/** 0 where there is no file. */
function sizeOf(file: string): number {
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
