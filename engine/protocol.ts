// The worker's API as data: every message is a member of one of two unions, its payload tied to its kind. Requests carry
// an id that their answers repeat. The renderer may import this file and nothing else of the engine.
import type { EngineErrorData } from './errors.ts';
import type { Sampling } from './generate/sampling.ts';

export type { EngineErrorCode, EngineErrorData } from './errors.ts';
export type { Fit, ModelShape } from './format/memoryNeeds.ts';
export type { Sampling } from './generate/sampling.ts';
export { fitInto, usualKv } from './format/memoryNeeds.ts';
export { checkSampling, neutralSampling } from './generate/sampling.ts';

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
  /** What kernels of quantised weights multiply with; `auto` takes int8 where the shading language has integer dots. */
  activations?: 'auto' | 'int8' | 'float';
}

export interface BackendInfo {
  kind: 'webgpu' | 'cpu';
  /** For the status line: the adapter's name, or "CPU". */
  name: string;
  /** A software adapter such as SwiftShader. */
  software: boolean;
  activations: 'int8' | 'float';
}

export interface ModelInfo {
  name: string;
  architecture: 'qwen3' | 'qwen3moe';
  /** e.g. "Q4_K_M": the mix of tensor types, for people. */
  quantization: string;
  parameters: number;
  byteLength: number;
  vocabularySize: number;
  trainedContext: number;
  contextLength: number;
  /** What the file recommends; the rest is the app's own default. */
  recommendedSampling: Partial<Sampling>;
  /** The chat template can turn thinking on and off. */
  canThink: boolean;
}

export type LoadStage = 'header' | 'weights' | 'kernels' | 'ready';

/** One generated token, with the log-probabilities of spec 5.4; natural logarithms. */
export interface TokenInfo {
  id: number;
  /** Under the model's own distribution: softmax of the raw logits. */
  logprob: number;
  /** Under the distribution that was drawn from: after penalties, temperature and truncation; 0 for greedy. */
  sampledLogprob: number;
  /** The most likely tokens under the raw logits, most likely first. */
  alternatives: { id: number; logprob: number }[];
}

/** `end`: an end token. `length`: max tokens. `context`: the context is full. `aborted`: the user stopped it. */
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
  /** Held for weights, and in all, on the device (on the CPU: in typed arrays). */
  weightBytes: number;
  memoryBytes: number;
  /** Kernel launches for one decoded token; 0 on the CPU. */
  dispatchesPerToken: number;
}

export interface GenerateRequest {
  messages: ChatMessage[];
  sampling: Sampling;
  /** How many alternatives to report for every token, 0…20. */
  alternatives: number;
  /** Left out: as the template does by default. */
  thinking?: boolean;
  /** The last message is an answer that was not finished: go on where its text ends. Tokens hold only what is new. */
  continueLast?: boolean;
}

export type ToWorker =
  | { kind: 'load'; id: number; model: ModelLocation; options: LoadOptions }
  | ({ kind: 'generate'; id: number } & GenerateRequest)
  | { kind: 'abort'; id: number; target: number }
  | { kind: 'unload'; id: number }
  | { kind: 'stats'; id: number };

export type FromWorker =
  | { kind: 'progress'; id: number; stage: LoadStage; loadedBytes: number; totalBytes: number }
  | { kind: 'loaded'; id: number; model: ModelInfo; backend: BackendInfo }
  | { kind: 'started'; id: number; seed: number; promptTokens: number; reusedTokens: number }
  /** `text` may be empty while a character is incomplete; tokens come one message each. */
  | { kind: 'token'; id: number; text: string; token: TokenInfo }
  | { kind: 'done'; id: number; reason: StopReason; timings: Timings }
  | { kind: 'unloaded'; id: number }
  | { kind: 'stats'; id: number; stats: EngineStats }
  | { kind: 'error'; id: number; error: EngineErrorData };
