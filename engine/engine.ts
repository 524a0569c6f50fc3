// The engine as one object: load a model, answer, unload. Its host brings the GPU (or none) and the model's files; it knows
// no worker, no file system, no network.
import { answer, encodePrompt, type AnswerEvent, type AnswerOutcome, type AnswerRequest } from './answer.ts';
import { EngineError } from './errors.ts';
import { memoryBytes } from './format/memoryNeeds.ts';
import { openCheckpoint } from './format/openCheckpoint.ts';
import type { ModelFiles } from './format/source.ts';
import type { Session } from './generate/session.ts';
import { warmUp } from './generate/warmUp.ts';
import { GpuBackend } from './gpu/gpuBackend.ts';
import { createLoaded, type Loaded } from './loaded.ts';
import { nextTokenDistribution, type DistributionRequest } from './nextToken.ts';
import { openBackend } from './openBackend.ts';
import type {
  BackendInfo,
  Countable,
  EngineStats,
  LoadOptions,
  LoadStage,
  ModelInfo,
  NextTokenDistribution,
  ResidentOff,
} from './protocol.ts';
import { loadModel } from './qwen3/model.ts';
import { readAhead, type ReadAheadOutcome, type ReadAheadRequest } from './readAhead.ts';
import { proveUnmeasured } from './tuner/chooseResident.ts';
import { mergeTuning, parseTuning, tuningText, type AdapterKey, type ResidentEntry } from './tuner/table.ts';
import { tuneModel, type TuningProgress } from './tuner/tuneModel.ts';

export type { AnswerEvent, AnswerOutcome, AnswerRequest, Prompt } from './answer.ts';

const defaultContext = 8192;

export interface Progress {
  stage: LoadStage;
  loadedBytes: number;
  totalBytes: number;
}

export interface EngineHost {
  gpu: GPU | null;
  /** Told what `LoadOptions.tuned` is to be from now on, and whether layers are resident, when that has changed since the load. */
  onTuned?: (tuned: string, residentOff: ResidentOff | null) => void;
  /** Told of each kernel that a load has measured. */
  onTuning?: (progress: TuningProgress) => void;
}

export interface LoadedModel {
  model: ModelInfo;
  backend: BackendInfo;
  /** What `LoadOptions.tuned` is to be from now on; only where something was measured. */
  tuned?: string;
}

interface Source {
  readonly files: ModelFiles;
  /** With what was found out since. */
  readonly options: LoadOptions;
  /** Null on the CPU. */
  readonly adapter: AdapterKey | null;
}

export class Engine {
  readonly #host: EngineHost;
  #loaded: Loaded | null = null;
  /** What is loaded, to load it again when the device went away. */
  #source: Source | null = null;
  /** An answer, or another use of the model that no second one may disturb. */
  #isBusy = false;

  constructor(host: EngineHost) {
    this.#host = host;
  }

  /**
   * Loads a model in the place of the one before; that one is freed first, so that both never share the memory.
   * @throws EngineError of the readers and back ends; `too-large-for-cpu`, `no-gpu`, `busy`, `aborted`
   */
  async load(
    files: ModelFiles,
    options: LoadOptions = {},
    onProgress: (progress: Progress) => void = () => {},
    signal?: AbortSignal,
  ): Promise<LoadedModel> {
    if (this.#isBusy) throw new EngineError('busy', 'The model is answering. Stop it first.');
    this.unload();
    const checkpoint = await openCheckpoint(files);
    const totalBytes = checkpoint.byteLength;
    let loadedBytes = 0;
    const report = (stage: LoadStage) => onProgress({ stage, loadedBytes, totalBytes });
    report('header');
    const { backend, adapter } = await openBackend(this.#host.gpu, checkpoint, options);
    try {
      const contextLength = options.contextLength ?? Math.min(checkpoint.config.contextLength, defaultContext);
      const model = await loadModel(checkpoint, backend, {
        contextLength: Math.min(contextLength, checkpoint.config.contextLength),
        onBytes: (count) => {
          loadedBytes += count;
          report(loadedBytes < totalBytes ? 'weights' : 'kernels');
        },
        quantize: options.quantize,
        ...(signal && { signal }),
      });
      const session: Session = { backend, model, cachedTokens: [] };
      const { tuning = 'cached', resident = 'auto', tuned: stored = null } = options;
      if (tuning === 'missing' || tuning === 'retune' || resident === 'on') report('tuning');
      const measured = { level: tuning, resident, stored, signal, onProgress: this.#host.onTuning };
      const found = adapter && (await tuneModel(session, { adapter, ...measured }));
      const tuned = found ? { tuned: tuningText(found) } : {};
      // The proof of resident layers took the device with it. That is an answer, too: again, without them.
      if (found && backend instanceof GpuBackend && backend.isLost) {
        backend.destroy();
        return { ...(await this.load(files, { ...options, ...tuned, resident: 'off' }, onProgress, signal)), ...tuned };
      }
      /** How it is loaded again when the device goes away: with what is known by then, and without measuring anew. */
      const next: LoadOptions = { ...options, ...tuned, tuning: tuning === 'off' ? tuning : 'cached' };
      const source = { files, options: next, adapter };
      if (backend instanceof GpuBackend) backend.resident.onGaveUp = (entry) => this.#learn(source, entry, 'gaveUp');
      await warmUp(session);
      this.#loaded = createLoaded(checkpoint, session, options.quantize);
      this.#source = source;
      void backend.lost.then(() => this.#lost(session));
      report('ready');
      // Also what the first steps have shown.
      const isNew = next.tuned !== undefined && next.tuned !== options.tuned;
      return { model: this.#loaded.info, backend: backend.info, ...(isNew && { tuned: next.tuned }) };
    } catch (error) {
      backend.destroy();
      throw error;
    }
  }

  /**
   * Answers a prompt: first `started`, then a `token` for each; returns why it ended. After a lost device the model is
   * loaded again first.
   * @throws EngineError `no-model`, `busy`, `bad-tokenizer`, and those of generate()
   */
  async *answer(request: AnswerRequest, signal?: AbortSignal): AsyncGenerator<AnswerEvent, AnswerOutcome> {
    const loaded = await this.#begin();
    try {
      return yield* answer(loaded, request, signal);
    } finally {
      this.#isBusy = false;
    }
  }

  /**
   * The likeliest tokens to follow a prompt, with their probabilities after each step of the chain.
   * @throws EngineError `no-model`, `busy`, and those of nextToken.ts
   */
  nextTokenDistribution(request: DistributionRequest, signal?: AbortSignal): Promise<NextTokenDistribution> {
    return this.#alone((loaded) => nextTokenDistribution(loaded, request, signal));
  }

  /**
   * Reads a conversation into the cache before an answer to it is asked for. Stopped, it ends after the tokens under way, and what was read stays.
   * @throws EngineError `no-model`, `busy`, `aborted`, and those of readAhead.ts
   */
  readAhead(request: ReadAheadRequest, signal?: AbortSignal): Promise<ReadAheadOutcome> {
    return this.#alone((loaded) => readAhead(loaded, request, signal));
  }

  /** Tokens of a conversation or a text; also during an answer. @throws EngineError `no-model`, `bad-tokenizer` */
  count(of: Countable): { tokens: number; contextLength: number } {
    if (!this.#loaded) throw new EngineError('no-model', 'No model is loaded.');
    const { info } = this.#loaded;
    return { tokens: encodePrompt(this.#loaded, { prompt: of }).ids.length, contextLength: info.contextLength };
  }

  /** Frees the model and everything on the device. */
  unload(): void {
    this.#loaded?.session.backend.destroy();
    this.#loaded = null;
    this.#source = null;
  }

  /**
   * Puts resident layers to the proof where the load has left them unmeasured, nothing else goes on and the cache, which is lost over it, holds
   * little; they are used from the next step on where they are faster. Takes some seconds, and has to be stopped before anything but `count`
   * and `stats` is asked for. The host is told what was found out, also when the device was lost over it: then the next answer loads again without them.
   * @throws EngineError `aborted`; any where the model was unloaded meanwhile
   */
  async proveResident(signal?: AbortSignal): Promise<void> {
    const [loaded, source] = [this.#loaded, this.#source];
    if (!loaded || !source || this.#isBusy || source.options.tuning === 'off') return;
    const { session } = loaded;
    const { backend } = session;
    this.#isBusy = true;
    try {
      const entry = await proveUnmeasured(session, signal);
      if (entry) this.#learn(source, entry, backend.info.residentOff ?? null);
    } finally {
      if (backend instanceof GpuBackend && !backend.isSound) this.#lost(session);
      this.#isBusy = false;
    }
  }

  stats(): EngineStats {
    const loaded = this.#loaded;
    const session = loaded?.session;
    return {
      model: loaded?.info ?? null,
      backend: session?.backend.info ?? null,
      cachedTokens: session?.cachedTokens.length ?? 0,
      contextLength: session?.model.contextLength ?? 0,
      memory: session?.backend.memory ?? memoryBytes({ weights: 0, kv: 0, scratch: 0 }),
      memoryNeeds: loaded?.memoryNeeds ?? null,
      dispatchesPerToken: session?.model.step.dispatches ?? 0,
    };
  }

  /** The loaded parts, for the terminal's own uses (logits, benches). @throws EngineError `no-model` */
  get session(): Session {
    if (!this.#loaded) throw new EngineError('no-model', 'No model is loaded.');
    return this.#loaded.session;
  }

  /** Takes the model for one answer; loads it again first where the device was lost. */
  async #begin(): Promise<Loaded> {
    const busy = () => new EngineError('busy', 'Another answer is being written. Stop it first.');
    if (this.#isBusy) throw busy();
    if (!this.#loaded && this.#source) await this.load(this.#source.files, this.#source.options);
    if (!this.#loaded) throw new EngineError('no-model', 'No model is loaded.');
    if (this.#isBusy) throw busy();
    this.#isBusy = true;
    return this.#loaded;
  }

  /** Nobody else uses the model meanwhile. */
  async #alone<Result>(work: (loaded: Loaded) => Promise<Result>): Promise<Result> {
    const loaded = await this.#begin();
    try {
      return await work(loaded);
    } finally {
      this.#isBusy = false;
    }
  }

  /** What is loaded is of no use any more; the next answer loads it again. */
  #lost(session: Session): void {
    if (this.#loaded?.session !== session) return;
    this.#loaded = null;
    session.backend.destroy();
  }

  #learn({ options, adapter }: Source, entry: ResidentEntry, residentOff: ResidentOff | null): void {
    if (!adapter) return;
    const file = mergeTuning(parseTuning(options.tuned ?? ''), { adapter, entries: [], resident: [entry] });
    options.tuned = tuningText(file);
    this.#host.onTuned?.(options.tuned, residentOff);
  }
}
