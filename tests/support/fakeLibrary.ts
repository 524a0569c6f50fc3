// Models on a disk that is not there: the library's part of the contract in memory, with the real catalogue. Tests say what
// becomes of downloads with `tell`.
import { fitInto } from '../../engine/protocol.ts';
import type {
  CatalogueModel,
  Download,
  DownloadPreview,
  DownloadSettings,
  EventName,
  Events,
  InstalledModel,
  LibraryModel,
  LibraryState,
  Payload,
  RequestName,
  Result,
} from '../../main/ipc/contract.ts';
import { downloadableModels, readCatalogue, variantId } from '../../main/model-files/catalogue.ts';
import { estimateModel } from '../../main/model-files/estimatedShape.ts';

type LibraryRequestName = Extract<RequestName, `library:${string}` | `downloads:${string}` | `catalogue:${string}`>;
type Handlers = { [Name in LibraryRequestName]: (payload: Payload<Name>) => Result<Name> };
type Send = <Name extends EventName>(name: Name, event: Events[Name]) => void;

export const largeModelId = 'qwen3-30b-a3b-instruct-2507-q4_k_m';

export function fakeCatalogue(installed: (id: string) => boolean): CatalogueModel[] {
  return downloadableModels(readCatalogue()).map((model) => ({
    ...model,
    variants: model.variants.map((variant) => {
      const estimate = estimateModel(model, variant.quantization);
      const id = variantId(model, variant);
      return {
        id,
        quantization: variant.quantization,
        byteLength: estimate?.tensorBytes ?? null,
        estimated: true,
        shape: estimate?.shape ?? null,
        installed: installed(id),
      };
    }),
  }));
}

export const fakeDownload = (change: Partial<Download> = {}): Download => ({
  id: '0123456789abcdef',
  modelId: largeModelId,
  name: 'Qwen3 30B-A3B Instruct 2507 Q4_K_M',
  source: `catalogue:${largeModelId}`,
  state: 'downloading',
  bytes: 8_200_000_000,
  totalBytes: 18_600_000_000,
  verifiedBytes: 0,
  bytesPerSecond: 112_000_000,
  secondsLeft: 93,
  connections: 4,
  retryAt: null,
  note: null,
  problem: null,
  ...change,
});

export class FakeLibrary {
  models: LibraryModel[] = [];
  removed: LibraryModel[] = [];
  downloads: Download[] = [];
  settings: DownloadSettings = { mirror: null, bytesPerSecond: null };
  preview: DownloadPreview | null = null;
  modelsFolder = '/home/noor/.config/Conclave/models';
  readonly #send: Send;
  readonly #others: () => LibraryModel[];

  /** @param others - Models that are there beside `models`. */
  constructor(send: Send, others: () => LibraryModel[]) {
    this.#send = send;
    this.#others = others;
  }

  /** Main says that downloads have changed. */
  tell(downloads: Download[]): void {
    this.downloads = downloads.filter(({ state }) => state !== 'complete');
    this.#send('downloads:changed', downloads);
  }

  /** A large model of the catalogue, as if it had been downloaded. */
  install(change: Partial<LibraryModel> = {}): LibraryModel {
    const variants = fakeCatalogue(() => false).flatMap((model) =>
      model.variants.map((variant) => ({ model, variant })),
    );
    const { model, variant } =
      variants.find(({ variant: { id } }) => id === (change.id ?? largeModelId)) ?? variants[0];
    const installed: LibraryModel = {
      id: variant.id,
      name: `${model.name} ${variant.quantization}`,
      format: 'gguf',
      place: 'library',
      folder: `${this.modelsFolder}/${variant.id}`,
      files: [],
      byteLength: variant.byteLength ?? 0,
      parameters: model.parameters,
      quantization: variant.quantization,
      contextLength: model.contextLength,
      licence: model.licence,
      summary: model.summary,
      shape: variant.shape,
      source: `catalogue:${variant.id}`,
      problem: null,
      addedAt: Date.now(),
      lastUsedAt: null,
      verifiedAt: null,
      ...change,
    };
    this.models.push(installed);
    return installed;
  }

  readonly handlers = {
    'catalogue:list': () => fakeCatalogue((id) => this.models.some((model) => model.id === id)),
    'library:fit': ({ shape, budgetBytes, ...options }) => fitInto(shape, options, budgetBytes),
    'library:list': () => this.state(),
    'library:choose': () => null,
    'library:import': ({ path, how }) => {
      const model = this.install({ name: path.slice(path.lastIndexOf('/') + 1), folder: path });
      model.id = `file-${this.models.length}`;
      model.place = how === 'link' ? 'linked' : 'library';
      this.#changed();
      return { model, isNew: true };
    },
    'library:verify': ({ id }) => this.models.find((model) => model.id === id)!,
    'library:cancel': () => null,
    'library:remove': ({ id }) => {
      this.removed.push(...this.models.filter((model) => model.id === id));
      this.models = this.models.filter((model) => model.id !== id);
      this.#changed();
      return null;
    },
    'library:restore': ({ id }) => {
      const model = this.removed.find((one) => one.id === id)!;
      this.removed = this.removed.filter((one) => one.id !== id);
      this.models.push(model);
      this.#changed();
      return model;
    },
    'library:reveal': () => null,
    'library:move': ({ folder }) => {
      this.modelsFolder = folder;
      return this.state();
    },
    'downloads:list': () => this.downloads,
    'downloads:pull': ({ id }) => this.#start({ modelId: id, name: id, source: `catalogue:${id}` }),
    'downloads:add': ({ source }) => this.#start({ modelId: 'added', name: 'Added model', source }),
    'downloads:preview': () => this.preview!,
    'downloads:pause': ({ id }) => this.#change(id, { state: 'paused', bytesPerSecond: 0, secondsLeft: null }),
    'downloads:resume': ({ id }) => this.#change(id, { state: 'starting', problem: null }),
    'downloads:cancel': ({ id }) => {
      this.downloads = this.downloads.filter((download) => download.id !== id);
      return null;
    },
    'downloads:settings': () => this.settings,
    'downloads:setSettings': (change) => (this.settings = { ...this.settings, ...change }),
  } satisfies Handlers;

  state(): LibraryState {
    const bytes = (models: LibraryModel[]) => models.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const own = [...this.models, ...this.removed].map(({ id }) => id);
    const others = this.#others().filter(({ id }) => !own.includes(id));
    return {
      models: [...others, ...this.models],
      modelsFolder: this.modelsFolder,
      disk: {
        modelBytes: bytes(this.models),
        removedBytes: bytes(this.removed),
        downloadBytes: this.downloads.reduce((sum, download) => sum + download.bytes, 0),
        freeBytes: 212_000_000_000,
      },
      removed: this.removed.map(({ id, name }) => ({ id, name, removedAt: Date.now() })),
    };
  }

  #changed(): void {
    this.#send('library:changed', this.state());
  }

  #start(change: Partial<Download>): Download {
    const download = fakeDownload({
      ...change,
      id: String(this.downloads.length + 1).padStart(16, '0'),
      state: 'starting',
      bytes: 0,
      totalBytes: null,
      bytesPerSecond: 0,
      secondsLeft: null,
    });
    this.downloads.push(download);
    return download;
  }

  #change(id: string, change: Partial<Download>): Download {
    const changed = { ...this.downloads.find((download) => download.id === id)!, ...change };
    this.downloads = this.downloads.map((download) => (download.id === id ? changed : download));
    return changed;
  }
}

/** The library's view of a model that the window can load. */
export const libraryModelOf = (model: InstalledModel): LibraryModel => ({
  id: model.id,
  name: model.name,
  format: 'gguf',
  place: 'embedded',
  folder: '/opt/Conclave/resources/models/starter',
  files: [{ name: model.fileName, byteLength: model.byteLength, sha256: null }],
  byteLength: model.byteLength,
  parameters: model.parameters,
  quantization: model.quantization,
  contextLength: model.contextLength,
  licence: model.licence,
  summary: model.summary,
  shape: {
    ...{ layerCount: 12, hiddenSize: 384, headCount: 6, kvHeadCount: 2, headDim: 64, intermediateSize: 0 },
    ...{ expertCount: 16, expertsUsed: 4, expertIntermediateSize: 192, vocabularySize: 16_384, contextLength: 2048 },
    weightBytes: model.byteLength,
    quantizedBytes: null,
  },
  source: null,
  problem: null,
  addedAt: null,
  lastUsedAt: Date.now(),
  verifiedAt: null,
});
