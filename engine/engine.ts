// The engine as one object: load a model, answer, unload. Its host brings the GPU (or none) and the model's files; it knows
// no worker, no file system, no network.
import type { Backend } from './backend/backend.ts';
import { CpuBackend } from './cpu/cpuBackend.ts';
import { EngineError } from './errors.ts';
import type { Checkpoint } from './format/checkpoint.ts';
import { openCheckpoint } from './format/openCheckpoint.ts';
import type { ModelFiles } from './format/source.ts';
import { generate, noTimings, reusableTokens, type Outcome, type Session } from './generate/generate.ts';
import type { Sampling } from './generate/sampling.ts';
import { openDevice } from './gpu/device.ts';
import { GpuBackend } from './gpu/gpuBackend.ts';
import type {
  BackendInfo,
  ChatMessage,
  EngineStats,
  LoadOptions,
  LoadStage,
  ModelInfo,
  TokenInfo,
} from './protocol.ts';
import { loadModel } from './qwen3/model.ts';
import { ChatTemplate } from './tokenizer/chatTemplate.ts';
import { TextStream } from './tokenizer/textStream.ts';
import { opensThinking } from './tokenizer/thinking.ts';
import { Tokenizer } from './tokenizer/tokenizer.ts';

/** The CPU back end keeps weights as f32, about seven times a Q4 file: beyond this it would fill the memory. */
const largestForCpu = 1e9;
const defaultContext = 8192;
/** Most prompt tokens in one step: more amortise a weight's read, and hold activations. */
const hardwareChunk = 256;
const softwareChunk = 64;
const most32 = 2 ** 32;

export interface Progress {
  stage: LoadStage;
  loadedBytes: number;
  totalBytes: number;
}

/** What to answer: a conversation (by the model's template), plain text, or token ids. */
export type Prompt =
  { messages: ChatMessage[]; thinking?: boolean; continueLast?: boolean } | { text: string } | { tokens: number[] };

export interface AnswerRequest {
  prompt: Prompt;
  sampling: Sampling;
  /** 0…20 */
  alternatives: number;
}

export type AnswerEvent =
  | { kind: 'started'; seed: number; promptTokens: number; reusedTokens: number }
  | { kind: 'token'; text: string; token: TokenInfo };

interface Loaded {
  readonly session: Session;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer | null;
  readonly template: ChatTemplate | null;
  readonly info: ModelInfo;
}

export class Engine {
  readonly #gpu: GPU | null;
  #loaded: Loaded | null = null;
  /** Loads again what was there when the device went away. */
  #reload: (() => Promise<unknown>) | null = null;
  #answering = false;

  constructor(host: { gpu: GPU | null }) {
    this.#gpu = host.gpu;
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
  ): Promise<{ model: ModelInfo; backend: BackendInfo }> {
    if (this.#answering) throw new EngineError('busy', 'The model is answering. Stop it first.');
    this.unload();
    const checkpoint = await openCheckpoint(files);
    const totalBytes = checkpoint.byteLength;
    let loadedBytes = 0;
    const report = (stage: LoadStage) => onProgress({ stage, loadedBytes, totalBytes });
    report('header');
    const backend = await this.#openBackend(checkpoint, options);
    try {
      const contextLength = options.contextLength ?? Math.min(checkpoint.config.contextLength, defaultContext);
      const model = await loadModel(checkpoint, backend, {
        contextLength: Math.min(contextLength, checkpoint.config.contextLength),
        onBytes: (count) => {
          loadedBytes += count;
          report(loadedBytes < totalBytes ? 'weights' : 'kernels');
        },
        ...(signal && { signal }),
      });
      const session: Session = { backend, model, cachedTokens: [] };
      const tokenizer = checkpoint.tokenizer && new Tokenizer(checkpoint.tokenizer);
      const template = checkpoint.chatTemplate === null ? null : new ChatTemplate(checkpoint.chatTemplate);
      const info = describe(checkpoint, model.contextLength, template);
      this.#loaded = { session, checkpoint, tokenizer, template, info };
      void backend.lost.then(() => {
        if (this.#loaded?.session !== session) return;
        this.#loaded = null;
        this.#reload = () => this.load(files, options);
        backend.destroy();
      });
      report('ready');
      return { model: info, backend: backend.info };
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
  async *answer(request: AnswerRequest, signal?: AbortSignal): AsyncGenerator<AnswerEvent, Outcome> {
    if (this.#answering) throw new EngineError('busy', 'Another answer is being written. Stop it first.');
    if (!this.#loaded && this.#reload) await this.#reload();
    const loaded = this.#loaded;
    if (!loaded) throw new EngineError('no-model', 'No model is loaded.');
    this.#answering = true;
    try {
      const { session, tokenizer, checkpoint } = loaded;
      const prompt = encodePrompt(loaded, request.prompt);
      const seed = request.sampling.seed ?? Math.floor(Math.random() * most32);
      const stream = tokenizer && new TextStream(tokenizer);
      // Where the template itself opens the thinking, the answer starts inside it; its text says so.
      const continues = 'messages' in request.prompt && request.prompt.continueLast === true;
      let opening = !continues && tokenizer && opensThinking(tokenizer, prompt) ? '<think>\n' : '';
      const endTokenIds = new Set(checkpoint.endTokenIds);
      const tokens = generate(
        session,
        prompt,
        {
          sampling: request.sampling,
          seed,
          alternatives: request.alternatives,
          endTokenIds,
          sampleableTokens: tokenizer?.samplableCount ?? checkpoint.config.vocabularySize,
        },
        signal,
      );
      yield {
        kind: 'started',
        seed,
        promptTokens: prompt.length,
        reusedTokens: reusableTokens(session.cachedTokens, prompt),
      };
      try {
        for (;;) {
          const next = await tokens.next();
          if (next.done) return next.value;
          const { id } = next.value;
          const text = !stream ? '' : endTokenIds.has(id) ? stream.flush() : stream.push(id);
          yield { kind: 'token', text: opening + text, token: next.value };
          opening = '';
        }
      } finally {
        // The steps in flight end here too when the caller leaves early.
        await tokens.return({ reason: 'aborted', timings: noTimings });
      }
    } finally {
      this.#answering = false;
    }
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
      weightBytes: session?.backend.weightBytes ?? 0,
      memoryBytes: session?.backend.memoryBytes ?? 0,
      dispatchesPerToken: session?.model.step.dispatches ?? 0,
    };
  }

  /** The loaded parts, for the terminal's own uses (logits, benches). @throws EngineError `no-model` */
  get session(): Session {
    if (!this.#loaded) throw new EngineError('no-model', 'No model is loaded.');
    return this.#loaded.session;
  }

  async #openBackend(checkpoint: Checkpoint, options: LoadOptions): Promise<Backend> {
    const wanted = options.backend ?? 'auto';
    const open = wanted === 'cpu' || !this.#gpu ? null : await openDevice(this.#gpu, { software: wanted === 'gpu' });
    if (open) {
      const activations = options.activations ?? 'auto';
      return GpuBackend.open(open, {
        maxTokens: open.features.software ? softwareChunk : hardwareChunk,
        activations: activations === 'auto' ? (open.features.integerDot ? 'int8' : 'float') : activations,
      });
    }
    if (wanted === 'gpu') throw new EngineError('no-gpu', 'There is no GPU that this app can use.');
    if (checkpoint.byteLength >= largestForCpu) {
      const size = (checkpoint.byteLength / 1e9).toFixed(1);
      throw new EngineError(
        'too-large-for-cpu',
        `This model is ${size} GB, and without a GPU the app runs models of up to 1 GB. Choose a smaller one.`,
      );
    }
    return new CpuBackend();
  }
}

/** @throws EngineError `bad-tokenizer` when the model brings no tokenizer or no chat template */
function encodePrompt({ tokenizer, template }: Loaded, prompt: Prompt): number[] {
  if ('tokens' in prompt) return prompt.tokens;
  if (!tokenizer) throw new EngineError('bad-tokenizer', 'The model file brings no tokenizer; give token ids instead.');
  if ('text' in prompt) return tokenizer.encode(prompt.text, { special: true });
  if (!template) throw new EngineError('bad-tokenizer', 'The model file brings no chat template.');
  const { messages, ...options } = prompt;
  return template.encodeChat(tokenizer, messages, options);
}

function describe(checkpoint: Checkpoint, contextLength: number, template: ChatTemplate | null): ModelInfo {
  const { config } = checkpoint;
  let parameters = 0;
  for (const { shape } of checkpoint.tensors.values()) parameters += shape.reduce((product, size) => product * size, 1);
  return {
    name: checkpoint.name,
    architecture: config.architecture,
    quantization: checkpoint.quantization,
    parameters,
    byteLength: checkpoint.byteLength,
    vocabularySize: config.vocabularySize,
    trainedContext: config.contextLength,
    contextLength,
    recommendedSampling: checkpoint.recommendedSampling,
    canThink: template?.canThink ?? false,
  };
}
