// What a model file says, whatever its format: the hyperparameters, where each tensor's bytes are, the tokenizer's data.
// GGUF and Hugging Face readers both produce this; nothing after it knows the format.
import type { BasicSampling } from '../generate/sampling.ts';
import type { WeightSource } from './source.ts';
import type { TensorType } from './tensorTypes.ts';

/** Hyperparameters, spec 1.1. */
export interface Qwen3Config {
  architecture: 'qwen3' | 'qwen3moe';
  vocabularySize: number;
  hiddenSize: number;
  layerCount: number;
  /** Query heads, key/value heads, width of one head. */
  headCount: number;
  kvHeadCount: number;
  headDim: number;
  normEpsilon: number;
  ropeTheta: number;
  /** null: plain RoPE. */
  yarn: YarnConfig | null;
  contextLength: number;
  /** 0 experts: dense. Layers may mix: a layer with expert tensors is sparse, one without is dense. */
  expertCount: number;
  expertsUsed: number;
  expertIntermediateSize: number;
  intermediateSize: number;
  /** norm_topk_prob */
  normalizeExpertWeights: boolean;
  /** 1 when absent. */
  routedScale: number;
}

export interface YarnConfig {
  factor: number;
  originalContext: number;
  betaFast: number;
  betaSlow: number;
  /** Multiplies cos and sin; null: 0.1·ln(factor) + 1. */
  attentionFactor: number | null;
}

/** A tensor by its GGUF name (spec 1.2) whatever the file calls it. */
export interface CheckpointTensor {
  name: string;
  type: TensorType;
  /** Outermost first: [experts, out, in], [out, in] or [width]. */
  shape: number[];
  byteLength: number;
  /** In order; more than one where a Hugging Face file keeps one tensor per expert. */
  parts: { source: WeightSource; offset: number; byteLength: number }[];
}

export interface TokenizerData {
  /** Byte-level alphabet, index = id. */
  tokens: string[];
  /** 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte (spec 2.7). */
  tokenTypes: ArrayLike<number>;
  /** "left right", best first. */
  merges: string[];
}

export interface Checkpoint {
  name: string;
  config: Qwen3Config;
  /** By GGUF name. Without `output.weight` the head is tied to `token_embd.weight`. */
  tensors: ReadonlyMap<string, CheckpointTensor>;
  tokenizer: TokenizerData | null;
  /** Jinja text. */
  chatTemplate: string | null;
  /** All ids that end an answer (spec 3.3). */
  endTokenIds: number[];
  recommendedSampling: Partial<BasicSampling>;
  /** Of all tensors. */
  byteLength: number;
  /** e.g. "Q4_K_M". */
  quantization: string;
}
