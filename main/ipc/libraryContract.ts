// The part of the contract that is about models on the disk: catalogue, library, downloads. Types only; contract.ts takes
// them in.
import type { QuantizedType, Sampling } from '../../engine/protocol.ts';
import type { Fit, KvType, ModelShape } from '../../engine/format/memoryNeeds.ts';

/** A refusal as data: a code of AppErrorCode, and a sentence for a person. */
export interface ModelProblem {
  code: string;
  message: string;
}

export interface CatalogueModel {
  id: string;
  name: string;
  parameters: string;
  contextLength: number;
  licence: string;
  summary: string;
  /** Hybrid models have both: with thoughts before the answer, and without. */
  recommendedSampling: { thinking?: Partial<Sampling>; direct?: Partial<Sampling> };
  variants: CatalogueVariant[];
}

export interface CatalogueVariant {
  /** What `downloads:pull` takes, and the model's id once it is installed. */
  id: string;
  quantization: string;
  /** Of the file, where it is known; else of its tensors, reckoned; null where there is no rule. */
  byteLength: number | null;
  estimated: boolean;
  /** For `fit`; null where there is no rule for the quantisation. */
  shape: ModelShape | null;
  installed: boolean;
}

export interface InstalledModel {
  /** Stable name of the model in the library; the starter's is "starter-v0". */
  id: string;
  name: string;
  fileName: string;
  byteLength: number;
  /** "64M", "30B-A3B": for people. */
  parameters: string | null;
  quantization: string | null;
  contextLength: number | null;
  licence: string | null;
  /** One honest sentence: what it is good for and what not. */
  summary: string | null;
  /** For answers without thoughts, where it can do both. */
  recommendedSampling: Partial<Sampling>;
  /** For answers that begin with thoughts, where the model can do both. */
  thinkingSampling?: Partial<Sampling>;
  /** Whether its chat template lets it think before it answers; not named where it never does, or nothing is known. */
  thinking?: 'optional' | 'always';
  /** Ships with the app. */
  embedded: boolean;
  /** Addresses that answer ranged reads: weights://… in Electron, a path of the web shell in a browser. */
  files: { name: string; url: string; byteLength: number }[];
}

export interface LibraryModel {
  id: string;
  name: string;
  format: 'gguf' | 'hugging-face';
  /** `embedded` ships with the app; `library` lies in the models folder; `linked` stays where it is. */
  place: 'embedded' | 'library' | 'linked';
  /** The folder that holds its files. */
  folder: string;
  files: { name: string; byteLength: number; sha256: string | null }[];
  byteLength: number;
  parameters: string | null;
  quantization: string | null;
  contextLength: number | null;
  licence: string | null;
  summary: string | null;
  /** For `fit`; null where the header could not be read. */
  shape: ModelShape | null;
  /** The address that it came from. */
  source: string | null;
  /** Why it cannot be used: damaged, of another architecture, files gone. */
  problem: ModelProblem | null;
  addedAt: number | null;
  lastUsedAt: number | null;
  verifiedAt: number | null;
}

export interface LibraryState {
  models: LibraryModel[];
  modelsFolder: string;
  /** Bytes of the models folder, of what is in the app's own bin, of unfinished downloads, and free on that disk. */
  disk: { modelBytes: number; removedBytes: number; downloadBytes: number; freeBytes: number };
  /** Removed ones that `library:restore` still brings back. */
  removed: { id: string; name: string; removedAt: number }[];
}

export type DownloadState =
  | 'queued' // waits for the one before it
  | 'starting' // asks the server what there is
  | 'downloading'
  | 'waiting' // for the network or a busy server; goes on by itself
  | 'verifying'
  | 'complete'
  | 'paused'
  | 'failed'; // `resume` tries again, with what is there

export interface Download {
  id: string;
  /** What the library will call it. */
  modelId: string;
  name: string;
  source: string;
  state: DownloadState;
  bytes: number;
  /** null until the server has said it. */
  totalBytes: number | null;
  /** Read back and compared; of several files, those before the present one count as a whole. */
  verifiedBytes: number;
  bytesPerSecond: number;
  /** null where it cannot be told yet. */
  secondsLeft: number | null;
  connections: number;
  /** While waiting: when it is tried again. */
  retryAt: number | null;
  /** What happened on the way, such as starting over because the file changed. */
  note: string | null;
  /** While waiting: for what; once failed: why. */
  problem: ModelProblem | null;
}

export interface DownloadSettings {
  /** In place of the hub's address; null takes the hub. */
  mirror: string | null;
  /** null: as fast as it goes. */
  bytesPerSecond: number | null;
}

/** What an address or repository holds, before anything is downloaded. */
export interface DownloadPreview {
  name: string;
  files: { name: string; byteLength: number | null; sha256: string | null }[];
  byteLength: number | null;
  quantization: string | null;
  /** Quantisations of a repository that can be asked for instead. */
  choices: string[];
  shape: ModelShape | null;
  /** Why Conclave could not use it. */
  problem: ModelProblem | null;
}

/** Work on a model's files that takes a while. */
export interface LibraryProgress {
  /** The model, or the path that is being imported. */
  id: string;
  stage: 'checking' | 'verifying' | 'copying' | 'moving';
  bytes: number;
  totalBytes: number;
}

export interface LibraryRequests {
  'catalogue:list': { payload: null; result: CatalogueModel[] };
  /** What of a model fits into a budget of GPU memory. */
  'library:fit': {
    payload: { shape: ModelShape; contextLength: number; kv: KvType; quantize?: QuantizedType; budgetBytes: number };
    result: Fit;
  };
  'library:list': { payload: null; result: LibraryState };
  /** Asks the user for files or a folder; null where they chose none, or where the shell has no dialog. */
  'library:choose': { payload: { kind: 'file' | 'folder' }; result: string[] | null };
  /** A GGUF (any part of a split one) or a Hugging Face folder. A duplicate is answered with the model that is there. */
  'library:import': {
    payload: { path: string; how: 'link' | 'copy' };
    result: { model: LibraryModel; isNew: boolean };
  };
  /** Reads all bytes again and compares hashes. Rejects with `damaged`. */
  'library:verify': { payload: { id: string }; result: LibraryModel };
  /** Ends a verification (by the model's id) or an import (by its path); its own request then rejects with `stopped`. */
  'library:cancel': { payload: { id: string }; result: null };
  /** Into the app's own bin, out of which `library:restore` takes it. A linked model's files are not touched. */
  'library:remove': { payload: { id: string }; result: null };
  'library:restore': { payload: { id: string }; result: LibraryModel };
  'library:reveal': { payload: { id: string }; result: null };
  /** Moves all models, and is the models folder from then on. */
  'library:move': { payload: { folder: string }; result: LibraryState };
  'downloads:list': { payload: null; result: Download[] };
  /** A variant of the catalogue. */
  'downloads:pull': { payload: { id: string }; result: Download };
  /** A repository of the hub, one of its pages, or the address of a file. */
  'downloads:add': {
    payload: { source: string; sha256: string | null; quantization: string | null };
    result: Download;
  };
  'downloads:preview': { payload: { source: string; quantization: string | null }; result: DownloadPreview };
  'downloads:pause': { payload: { id: string }; result: Download };
  'downloads:resume': { payload: { id: string }; result: Download };
  /** Removes what has been downloaded. */
  'downloads:cancel': { payload: { id: string }; result: null };
  'downloads:settings': { payload: null; result: DownloadSettings };
  'downloads:setSettings': { payload: Partial<DownloadSettings>; result: DownloadSettings };
}

export interface LibraryEvents {
  'models:changed': InstalledModel[];
  /** A file was opened with the app (file association, drop on the icon): load it. */
  'models:opened': { modelId: string };
  /** All downloads, at most a few times a second. */
  'downloads:changed': Download[];
  'library:changed': LibraryState;
  'library:progress': LibraryProgress;
}

export type LibraryErrorCode =
  | 'bad-address' // nothing that can be downloaded from
  | 'bad-name' // a name or path that could lead outside the library
  | 'network' // the server cannot be reached, or keeps failing
  | 'refused' // the server has no such file, or does not hand it out
  | 'source-changed' // the file at the source keeps changing
  | 'damaged' // the bytes are not those that they should be
  | 'in-use' // another program, or another task, is at it
  | 'stopped'; // paused or cancelled meanwhile
