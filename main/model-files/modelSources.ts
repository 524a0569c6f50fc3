// From what a person names (an entry of the catalogue, a repository, an address) to a download, or to the model that it has
// already become.
import fs from 'node:fs/promises';
import { shapeOf } from '../../engine/format/memoryNeeds.ts';
import { AppError, toAppError } from '../ipc/errors.ts';
import type { CatalogueModel, Download, DownloadPreview, LibraryModel } from '../ipc/libraryContract.ts';
import type { LibraryModelStore } from '../store/libraryModels.ts';
import { downloadableModels, findVariant, variantId, type Catalogue } from './catalogue.ts';
import { checkAddress, slugOf } from './download/address.ts';
import type { Downloads } from './download/downloads.ts';
import { findSource, findVariantSource, type HubOptions, type Source } from './download/hub.ts';
import { TransferProblem } from './download/problems.ts';
import { probe } from './download/remoteFile.ts';
import { remoteSource } from './download/remoteSource.ts';
import type { HttpClient } from './download/request.ts';
import { estimateModel } from './estimatedShape.ts';
import { freeId, isFolder } from './importModel.ts';
import { isWhole, type Library } from './library.ts';
import { inspectSources } from './modelFiles.ts';

export interface ModelSources {
  catalogue(): CatalogueModel[];
  /** @throws AppError, TransferProblem */
  pull(id: string): Promise<Download>;
  add(source: string, options: { sha256: string | null; quantization: string | null }): Promise<Download>;
  preview(source: string, quantization: string | null): Promise<DownloadPreview>;
}

export interface ModelSourcesOptions {
  catalogue: Catalogue;
  client: HttpClient;
  library: Library;
  rows: LibraryModelStore;
  downloads: Downloads;
  downloadsFolder: () => string;
  mirror: () => string | null;
}

const previewMs = 60_000;

export function createModelSources(options: ModelSourcesOptions): ModelSources {
  const { catalogue, client, library, rows, downloads, downloadsFolder, mirror } = options;
  const hub = (): HubOptions => ({ client, hub: catalogue.hub, mirror: mirror() });

  /** The model that this source has already become, if its hash is the one wanted. */
  function installed(source: string, sha256: string | null): LibraryModel | undefined {
    return library
      .models()
      .find(
        (model) => model.source === source && isWhole(model) && (sha256 === null || model.files[0]?.sha256 === sha256),
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
    await fs.mkdir(downloadsFolder(), { recursive: true });
    const name = typeof about['name'] === 'string' ? about['name'] : found.name;
    const id = freeId(modelId, { library, rows });
    return downloads.add({ modelId: id, name, source, files: found.files, sha256, about });
  }

  return {
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

    async pull(id) {
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
      const thinkingSampling = both.thinking ?? null;
      const words = { name: `${model.name} ${variant.quantization}`, parameters, licence, summary, contextLength };
      const about = { ...words, quantization: variant.quantization, recommendedSampling, thinkingSampling };
      return download(source, files, modelId, about, null);
    },

    async add(source, { sha256, quantization }) {
      const pasted = source.trim();
      const label = quantization === null ? pasted : `${pasted} ${quantization.toUpperCase()}`;
      const there = installed(label, sha256);
      if (there !== undefined) return completed(there);
      const found = await findSource(hub(), pasted, quantization, AbortSignal.timeout(previewMs));
      return download(label, found, slugOf(found.name), isFolder(found.files) ? { name: found.name } : {}, sha256);
    },

    async preview(source, quantization) {
      const signal = AbortSignal.timeout(previewMs);
      const found = await findSource(hub(), source, quantization, signal);
      const sources = new Map<string, ReturnType<typeof remoteSource>>();
      const files: DownloadPreview['files'] = [];
      for (const { name, address, sha256 } of found.files) {
        const remote = await probe(client, checkAddress(address, { mirror: mirror() }), signal);
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
    },
  };
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
  verifiedBytes: byteLength,
  bytesPerSecond: 0,
  secondsLeft: 0,
  connections: 0,
  retryAt: null,
  note: null,
  problem: null,
});
