// The worker's API as data: every message is a member of one of two unions, its payload tied to its kind. Requests carry
// an id that their answers repeat. The renderer may import this file and nothing else of the engine.
import type { EngineErrorData } from './errors.ts';
import type { KvType, MemoryBytes, MemoryNeeds } from './format/memoryNeeds.ts';
import type { QuantizedType } from './format/quantize/quantizeRows.ts';
import type { BasicSampling, Sampling as FullSampling, SamplingStep } from './generate/sampling.ts';
import type { TokenInfo } from './generate/tokenInfo.ts';
import type { TuningLevel } from './tuner/level.ts';

export type { EngineErrorCode, EngineErrorData } from './errors.ts';
export type { Fit, FitOptions, KvType, MemoryBytes, MemoryNeeds, ModelShape } from './format/memoryNeeds.ts';
/** `Sampling` holds the controls that every stored answer has; `FullSampling` adds the optional rest. */
export type { BasicSampling as Sampling, Sampling as FullSampling } from './generate/sampling.ts';
export type { LogitBias, SamplingStep } from './generate/sampling.ts';
export { tuningLevels, type TuningLevel } from './tuner/level.ts';
export { quantizedTypes, type QuantizedType } from './format/quantize/quantizeRows.ts';
export {
  betterQuantized,
  betterWithQ8,
  coarserWeights,
  fitInto,
  usualKv,
  usualMaxTokens,
  type QuantizedFit,
} from './format/memoryNeeds.ts';
export { stepTokens } from './gpu/device.ts';
export {
  activeSteps,
  checkSampling,
  defaultOrder,
  mostStopStrings,
  neutralControls,
  neutralSampling,
} from './generate/sampling.ts';
export { samplingControls, type NumberControl, type NumberKey } from './generate/samplingControls.ts';
export type { TokenExperts, TokenInfo } from './generate/tokenInfo.ts';
export { decodeTokenRecord, encodeTokenRecord, type RecordedToken } from './generate/tokenRecord.ts';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** Where the weights are read from: addresses that answer ranged GET requests. One file, or all files of a split or folder. */
export interface ModelLocation {
  /** Changes when the file does: a load of what is loaded already is answered at once. */
  id: string;
  files: { name: string; url: string; byteLength: number }[];
}

export interface LoadOptions {
  /** Tokens that the KV cache holds; the model's own context, at most 8,192, if not named. */
  contextLength?: number;
  /** `auto`: a hardware GPU where there is one, otherwise the CPU. `gpu` takes a software adapter too. */
  backend?: 'auto' | 'gpu' | 'cpu';
  /** What matrices of floats (BF16, F16, F32) become while they load; as they are stored if not named. */
  quantize?: QuantizedType;
  /** What kernels of quantised weights multiply with; `auto` takes int8 where the shading language has integer dots. */
  activations?: 'auto' | 'int8' | 'float';
  /** What keys and values are kept as. If not named: f16 on a hardware GPU, f32 elsewhere. */
  kv?: KvType;
  /** Several layers of a decode step in one dispatch; `auto` if not named. */
  resident?: ResidentWish;
  /** For benches: most steps under way before the first one's token is known, and how many go in one submit. */
  stepsAhead?: number;
  stepsTogether?: number;
  /** For benches and tests, in a window: how many workers read each file, 0 for none. By cores and sizes if not named (pageReaders.ts). */
  readers?: number;
  /**
   * Which constants kernels run with. `off`: the usual ones. `cached`, if not named: what was measured before or ships with the app.
   * `missing` and `retune` measure while loading, what is not known or everything, which takes up to some minutes.
   */
  tuning?: TuningLevel;
  /** What was measured before on this machine, as it came with `loaded`; the host stores it. */
  tuned?: string;
}

/**
 * `auto`: resident layers where they were proven on this GPU and measured to be faster; in the app they are put to the proof
 * while nothing is asked for. `on`: wherever the proof passes, which the load waits for.
 */
export type ResidentWish = 'auto' | 'on' | 'off';

/**
 * Why no layers are resident. `off`: not wanted. `unfit`: not for this model or GPU. `unmeasured`: not tried here
 * yet. `slower`: than ordinary launches. `failed`: the proof. `gaveUp`: in use; not tried again with this driver.
 */
export type ResidentOff = 'off' | 'unfit' | 'unmeasured' | 'slower' | 'failed' | 'gaveUp';

export interface BackendInfo {
  kind: 'webgpu' | 'cpu';
  /** For the status line: the adapter's name, or "CPU". */
  name: string;
  /** A software adapter such as SwiftShader. */
  software: boolean;
  activations: 'int8' | 'float';
  /** What keys and values are kept as. */
  kv: KvType;
  /** Null where layers are resident; left out on the CPU, which has no such thing. */
  residentOff?: ResidentOff | null;
}

export interface ModelInfo {
  name: string;
  architecture: 'qwen3' | 'qwen3moe';
  /** e.g. "Q4_K_M": the mix of tensor types, for people; "BF16 → Q4_K" where it was quantised while it loaded. */
  quantization: string;
  parameters: number;
  byteLength: number;
  vocabularySize: number;
  trainedContext: number;
  contextLength: number;
  /** What the file recommends; the rest is the app's own default. */
  recommendedSampling: Partial<BasicSampling>;
  /** For answers that begin with thoughts, where it can do both; the other is then for those without. */
  thinkingSampling?: Partial<BasicSampling>;
  /** The chat template can turn thinking on and off. */
  canThink: boolean;
}

export type LoadStage = 'header' | 'weights' | 'kernels' | 'tuning' | 'ready';

/** Stages of the chain as the picture of the next token shows them. */
export type ChainStage = 'raw' | 'logitBias' | SamplingStep | 'greedy';

export interface NextTokenDistribution {
  /** The likeliest under the raw logits, likeliest first; then those that bias, penalties or DRY put among the likeliest. */
  tokens: { id: number; text: string }[];
  /**
   * `raw`, then each step that is on, then `greedy` in that mode. Probabilities of `tokens` after it, 0 once dropped; XTC as
   * when its chance comes up.
   */
  stages: { stage: ChainStage; kept: number; probabilities: number[] }[];
}

/** `end`: an end token or a stop string. `length`: max tokens. `context`: the context is full. `aborted`: the user stopped it. */
export type StopReason = 'end' | 'length' | 'context' | 'aborted';

export interface Timings {
  promptTokens: number;
  /** Prompt tokens whose keys and values were kept from the turn before. */
  reusedTokens: number;
  generatedTokens: number;
  /** Milliseconds from the request to the first token. */
  firstTokenMs: number;
  prefillMs: number;
  decodeMs: number;
  /** Tokens a second after the first. */
  tokensPerSecond: number;
}

export interface EngineStats {
  model: ModelInfo | null;
  backend: BackendInfo | null;
  cachedTokens: number;
  contextLength: number;
  /** Held on the device (on the CPU: in typed arrays). */
  memory: MemoryBytes;
  /** What was reckoned with before loading; null without a model, and on the CPU. */
  memoryNeeds: MemoryNeeds | null;
  /** Kernel launches for one decoded token; 0 on the CPU. */
  dispatchesPerToken: number;
}

/** What happens to a conversation that fills the context: an error, or whole turns are dropped, oldest first. */
export type ContextPolicy = 'stop' | 'dropOldest';

export interface GenerateRequest {
  messages: ChatMessage[];
  sampling: FullSampling;
  /** How many alternatives to report for every token, 0…20. */
  alternatives: number;
  /** Left out: as the template does by default. */
  thinking?: boolean;
  /** Tokens after which a thought is closed, ≥ 0; left out: no limit. */
  thinkingBudget?: number;
  /** Report with every token which experts each layer chose. */
  experts?: boolean;
  /** `stop` if not named. System messages and the last turn are never dropped. */
  contextPolicy?: ContextPolicy;
  /** The answer goes on after these tokens of it (a branch from an alternative); they are not sent again. */
  answer?: number[];
  /** The last message is an answer that was not finished: go on where its text ends. Tokens hold only what is new. */
  continueLast?: boolean;
}

/** What an answer will be asked to, with what is typed so far as its last message. */
export interface ReadAheadRequest extends Pick<GenerateRequest, 'messages' | 'thinking' | 'contextPolicy'> {
  sampling?: Pick<FullSampling, 'maxTokens'>;
}

/** What the tokens of a conversation or of a text are counted of. */
export type Countable = { messages: ChatMessage[]; thinking?: boolean } | { text: string };

export type ToWorker =
  | { kind: 'load'; id: number; model: ModelLocation; options: LoadOptions }
  | ({ kind: 'generate'; id: number } & GenerateRequest)
  /** Gives way to everything but `count` and `stats`: it then fails as `aborted`. Refused as `busy` during an answer. */
  | ({ kind: 'readAhead'; id: number } & ReadAheadRequest)
  | { kind: 'abort'; id: number; target: number }
  | { kind: 'count'; id: number; of: Countable }
  /** The likeliest `most` (1…32) tokens to follow, after each step of the chain. Refused as `busy` during an answer. */
  | ({ kind: 'distribution'; id: number; most: number } & Pick<
      GenerateRequest,
      'messages' | 'thinking' | 'sampling' | 'answer'
    >)
  | { kind: 'unload'; id: number }
  | { kind: 'stats'; id: number };

export type FromWorker =
  | { kind: 'progress'; id: number; stage: LoadStage; loadedBytes: number; totalBytes: number }
  /** `tuned` only where kernels were measured: to be stored, and brought along with the next load. */
  | { kind: 'loaded'; id: number; model: ModelInfo; backend: BackendInfo; tuned?: string }
  /**
   * Found out since that load: resident layers were put to the proof while nothing else went on, or gave up in an answer. `tuned` is
   * to be stored as well; `residentOff` as in BackendInfo from now on.
   */
  | { kind: 'tuned'; id: number; tuned: string; residentOff: ResidentOff | null }
  /** `droppedMessages` only where the context policy dropped some. */
  | { kind: 'started'; id: number; seed: number; promptTokens: number; reusedTokens: number; droppedMessages?: number }
  /**
   * `text` may be empty while a character is incomplete; tokens come one message each, later where their text may be the
   * start of a stop string.
   */
  | { kind: 'token'; id: number; text: string; token: TokenInfo }
  /** `stopString`: the one that ended the answer, as reason `end`. */
  | { kind: 'done'; id: number; reason: StopReason; timings: Timings; stopString?: string }
  /** `reusedTokens`: what the cache held before. */
  | { kind: 'readAhead'; id: number; promptTokens: number; reusedTokens: number }
  | { kind: 'count'; id: number; tokens: number; contextLength: number }
  | { kind: 'distribution'; id: number; distribution: NextTokenDistribution }
  | { kind: 'unloaded'; id: number }
  | { kind: 'stats'; id: number; stats: EngineStats }
  | { kind: 'error'; id: number; error: EngineErrorData };
