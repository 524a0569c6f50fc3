// The engine as one object: load a model, answer, unload. Its host brings the GPU (or none) and the model's files; it knows
// no worker, no file system, no network.
import {
  answer,
  encodePrompt,
  type AnswerEvent,
  type AnswerOutcome,
  type AnswerRequest,
  type Loaded,
} from './answer.ts';
import type { Backend } from './backend/backend.ts';
import { CpuBackend } from './cpu/cpuBackend.ts';
import { EngineError } from './errors.ts';
import type { Checkpoint } from './format/checkpoint.ts';
import {
  memoryBytes,
  memoryNeeds,
  mostTokens,
  shapeOf,
  usualKv,
  type MemoryNeeds,
  type ModelShape,
  weightBytesOf,
} from './format/memoryNeeds.ts';
import { openCheckpoint } from './format/openCheckpoint.ts';
import { samplingByMode } from './format/recommendedSampling.ts';
import { canQuantize } from './format/quantize/quantizedTypeOf.ts';
import type { QuantizedType } from './format/quantize/quantizeRows.ts';
import type { ModelFiles } from './format/source.ts';
import { thinkingKind } from './format/thinkingKind.ts';
import type { Session } from './generate/generate.ts';
import { warmUp } from './generate/warmUp.ts';
import { openDevice, type GpuFeatures } from './gpu/device.ts';
import { GpuBackend } from './gpu/gpuBackend.ts';
import { nextTokenDistribution, type DistributionRequest } from './nextToken.ts';
import type {
  BackendInfo,
  Countable,
  EngineStats,
  LoadOptions,
  LoadStage,
  ModelInfo,
  NextTokenDistribution,
} from './protocol.ts';
import { loadModel } from './qwen3/model.ts';
import { mergeTuning, parseTuning, tuningText, type AdapterKey } from './tuner/table.ts';
import { tuneModel, tuningFor, type TuningProgress } from './tuner/tuneModel.ts';
import { ChatTemplate } from './tokenizer/chatTemplate.ts';
import { Tokenizer } from './tokenizer/tokenizer.ts';

export type { AnswerEvent, AnswerOutcome, AnswerRequest, Prompt } from './answer.ts';

/** The CPU back end keeps weights as f32, about seven times a Q4 file: beyond this it would fill the memory. */
const largestForCpu = 1e9;
const defaultContext = 8192;
/** Bytes below which activations stay exact on hardware. */
const smallModel = 1e9;

export interface Progress {
  stage: LoadStage;
  loadedBytes: number;
  totalBytes: number;
}

export interface EngineHost {
  gpu: GPU | null;
  /** Told what `LoadOptions.tuned` is to be from now on, when resident layers gave up in an answer. */
  onGaveUp?: (tuned: string) => void;
  /** Told of each kernel that a load has measured. */
  onTuning?: (progress: TuningProgress) => void;
}

export interface LoadedModel {
  model: ModelInfo;
  backend: BackendInfo;
  /** What `LoadOptions.tuned` is to be from now on; only where something was measured. */
  tuned?: string;
}

export class Engine {
  readonly #host: EngineHost;
  #loaded: Loaded | null = null;
  /** Loads again what was there when the device went away. */
  #reload: (() => Promise<unknown>) | null = null;
  #answering = false;

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
    if (this.#answering) throw new EngineError('busy', 'The model is answering. Stop it first.');
    this.unload();
    const checkpoint = await openCheckpoint(files);
    const totalBytes = checkpoint.byteLength;
    let loadedBytes = 0;
    const report = (stage: LoadStage) => onProgress({ stage, loadedBytes, totalBytes });
    report('header');
    const { backend, adapter } = await this.#openBackend(checkpoint, options);
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
      if (found && backend instanceof GpuBackend && backend.isLost) {
        backend.destroy();
        return { ...(await this.load(files, { ...options, ...tuned, resident: 'off' }, onProgress, signal)), ...tuned };
      }
      const next = { ...options, ...tuned, tuning: tuning === 'off' ? tuning : ('cached' as const) };
      if (backend instanceof GpuBackend && adapter)
        backend.resident.onGaveUp = (entry) => {
          const file = mergeTuning(parseTuning(next.tuned ?? ''), { adapter, entries: [], resident: [entry] });
          next.tuned = tuningText(file);
          this.#host.onGaveUp?.(next.tuned);
        };
      await warmUp(session);
      const tokenizer = checkpoint.tokenizer && new Tokenizer(checkpoint.tokenizer);
      const template = checkpoint.chatTemplate === null ? null : new ChatTemplate(checkpoint.chatTemplate);
      const info = describe(checkpoint, options.quantize, model.contextLength, template);
      const memoryNeeds = needsOf(shapeOf(checkpoint), session, options.quantize);
      this.#loaded = { session, checkpoint, tokenizer, template, info, memoryNeeds };
      void backend.lost.then(() => {
        if (this.#loaded?.session !== session) return;
        this.#loaded = null;
        this.#reload = () => this.load(files, next);
        backend.destroy();
      });
      report('ready');
      // Also what the first steps have shown.
      const isNew = next.tuned !== undefined && next.tuned !== options.tuned;
      return { model: info, backend: backend.info, ...(isNew && { tuned: next.tuned }) };
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
      this.#answering = false;
    }
  }

  /**
   * The likeliest tokens to follow a prompt, with their probabilities after each step of the chain.
   * @throws EngineError `no-model`, `busy`, and those of nextToken.ts
   */
  async nextTokenDistribution(request: DistributionRequest, signal?: AbortSignal): Promise<NextTokenDistribution> {
    const loaded = await this.#begin();
    try {
      return await nextTokenDistribution(loaded, request, signal);
    } finally {
      this.#answering = false;
    }
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
    this.#reload = null;
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
    if (this.#answering) throw busy();
    if (!this.#loaded && this.#reload) await this.#reload();
    if (!this.#loaded) throw new EngineError('no-model', 'No model is loaded.');
    if (this.#answering) throw busy();
    this.#answering = true;
    return this.#loaded;
  }

  async #openBackend(
    checkpoint: Checkpoint,
    options: LoadOptions,
  ): Promise<{ backend: Backend; adapter: AdapterKey | null }> {
    const wanted = options.backend ?? 'auto';
    const open =
      wanted === 'cpu' || !this.#host.gpu ? null : await openDevice(this.#host.gpu, { software: wanted === 'gpu' });
    if (open) {
      const activations = options.activations ?? 'auto';
      const backend = await GpuBackend.open(open, {
        tuning: tuningFor(open.adapter, options.tuning ?? 'cached', options.tuned ?? null),
        maxTokens: mostTokens({ ...open.features, matrices: open.features.matrices !== undefined }),
        ahead: {
          ...(options.stepsAhead !== undefined && { steps: Math.max(1, options.stepsAhead) }),
          ...(options.stepsTogether !== undefined && { together: Math.max(1, options.stepsTogether) }),
        },
        kv: options.kv ?? (open.features.software ? 'f32' : usualKv),
        activations:
          activations === 'auto'
            ? usualActivations(open.features, weightBytesOf(shapeOf(checkpoint), options.quantize))
            : activations,
      });
      return { backend, adapter: open.adapter };
    }
    if (wanted === 'gpu') throw new EngineError('no-gpu', 'There is no GPU that this app can use.');
    if (checkpoint.byteLength >= largestForCpu) {
      const size = (checkpoint.byteLength / 1e9).toFixed(1);
      throw new EngineError(
        'too-large-for-cpu',
        `This model is ${size} GB, and without a GPU the app runs models of up to 1 GB. Choose a smaller one.`,
      );
    }
    return { backend: new CpuBackend(options.kv ? { kv: options.kv } : {}), adapter: null };
  }
}

function needsOf(
  shape: ModelShape,
  { backend, model }: Session,
  quantize: QuantizedType | undefined,
): MemoryNeeds | null {
  const { kind, kv } = backend.info;
  if (kind === 'cpu') return null;
  const { contextLength } = model;
  return memoryNeeds(shape, { contextLength, kv, quantize, maxTokens: backend.maxTokens });
}

/**
 * int8 where integer dots pay: on software adapters, and for models so large that decoding waits for their weights. A small one
 * is faster with exact activations on hardware (1,560 against 800 tokens a second for the starter on an H100).
 */
function usualActivations({ integerDot, software }: GpuFeatures, weightBytes: number): 'int8' | 'float' {
  return integerDot && (software || weightBytes >= smallModel) ? 'int8' : 'float';
}

function describe(
  checkpoint: Checkpoint,
  quantize: QuantizedType | undefined,
  contextLength: number,
  template: ChatTemplate | null,
): ModelInfo {
  const { config } = checkpoint;
  let parameters = 0;
  for (const { shape } of checkpoint.tensors.values()) parameters += shape.reduce((product, size) => product * size, 1);
  return {
    name: checkpoint.name,
    architecture: config.architecture,
    quantization:
      quantize && canQuantize(checkpoint.tensors)
        ? `${checkpoint.quantization} → ${quantize}`
        : checkpoint.quantization,
    parameters,
    byteLength: checkpoint.byteLength,
    vocabularySize: config.vocabularySize,
    trainedContext: config.contextLength,
    contextLength,
    ...samplingByMode(thinkingKind(checkpoint.chatTemplate), checkpoint.recommendedSampling),
    canThink: template?.canThink ?? false,
  };
}
