// The one interface of both back ends (gpu/, cpu/): memory, the operations of a Qwen3 forward pass, and programs made of
// them. The model is described once against it (qwen3/model.ts) and knows no buffer, no dispatch, no typed array.
import type { MemoryBytes } from '../format/memoryNeeds.ts';
import type { QuantizedType } from '../format/quantize/quantizeRows.ts';
import type { TensorType } from '../format/tensorTypes.ts';
import type { Sampling } from '../generate/sampling.ts';
import type { BackendInfo, TokenExperts, TokenInfo } from '../protocol.ts';

/** A vector of f32 that stays: norm weights. */
export interface Vector {
  readonly label: string;
  readonly width: number;
}

/** Weights [slabs, rows, columns] (slabs: experts, or 1; rows: outputs), as stored; y = W·x. */
export interface Matrix {
  readonly label: string;
  readonly type: TensorType;
  readonly slabs: number;
  readonly rows: number;
  readonly columns: number;
}

/** What a matrix will be, before its bytes come. */
export interface MatrixSpec {
  label: string;
  /** Of the rows that come. */
  type: TensorType;
  /** Float rows are kept as this. */
  quantize?: QuantizedType;
  slabs: number;
  rows: number;
  columns: number;
}

/** Takes a matrix's bytes as they stream in, whole rows at a time and in order, so that no copy of it is ever held. */
export interface MatrixWriter {
  /** `bytes`: rows firstRow… of the slabs × rows rows of the matrix, as stored in the file. */
  write(bytes: Uint8Array, firstRow: number): Promise<void>;
  finish(): Matrix;
}

/**
 * Activations, f32. `tokens`: `slots` rows for each token of a step (1, or the number of experts used);
 * `last`: one row, whatever the number of tokens.
 */
export interface Tensor {
  readonly label: string;
  readonly width: number;
  readonly extent: 'tokens' | 'last';
  readonly slots: number;
}

/**
 * Experts chosen for each token of a step: ids u32 and weights f32, [tokens, expertsUsed], best first. All layers share it;
 * beside it lies a record of what each layer chose for the step's last token, [layers, expertsUsed].
 */
export interface Route {
  readonly expertsUsed: number;
  readonly layers: number;
}

/** Keys and values of one layer, [contextLength, kvHeadCount, headDim] each; keys are normed and rotated. */
export interface KvLayer {
  readonly kvHeadCount: number;
  readonly headDim: number;
  readonly contextLength: number;
}

/** cos and sin, [contextLength, headDim / 2] each, attention factor included (qwen3/rope.ts). */
export interface RopeTable {
  readonly headDim: number;
}

/** Holds what sampling needs between the steps of one answer: parameters, token counts, the step number. */
export interface Sampler {
  readonly vocabularySize: number;
}

export interface SamplerOptions {
  /** Whose record comes with the tokens when experts are asked for. */
  route?: Route | null;
  /** Tokens of prompt and answer that it remembers; 8,192 if not named. */
  contextLength?: number;
}

export interface SamplerSettings {
  sampling: Sampling;
  /** u32; drawn by the caller when the sampling leaves it open. */
  seed: number;
  /** Ids from here on are never drawn (padding rows of the head). */
  sampleableTokens: number;
  /** Tokens before the answer: the repetition penalty sees them, presence and frequency don't. */
  prompt: ArrayLike<number>;
  /** Alternatives to report with every token, 0…20. */
  alternatives: number;
  /** The answer so far, where one goes on: its tokens count, and the next draw is that of step answer.length. */
  answer?: ArrayLike<number>;
  /** Added to logits before everything else: the sampling's `logitBias` as tokens. */
  bias?: readonly TokenBias[];
  /** The sampling's `dryBreakers` as tokens. */
  breakers?: DryBreakers;
  /** Report with every token which experts each layer chose. */
  experts?: boolean;
}

export interface TokenBias {
  id: number;
  bias: number;
}

/** Where repeats end (spec 5.2, DRY). */
export interface DryBreakers {
  /** Tokens that hold a whole breaker; DRY never holds them back. */
  single: ReadonlySet<number>;
  /** A token that ends in the start of a breaker, and the tokens that its rest may be written with. */
  sequences: ReadonlyMap<number, readonly (readonly number[])[]>;
}

/** Where in the rows of its output a product goes, and whether it is added to what is there. */
export interface ProductPlace {
  /** 0 if not named. */
  column?: number;
  accumulate?: boolean;
}

/** RMSNorm of each head of q and of k: weights [headDim]. */
export interface HeadNorms<V extends Vector = Vector> {
  q: V;
  k: V;
  epsilon: number;
}

/** What becomes of the softmax of the experts chosen: renormalised to a sum of 1 or not, then times `scale`. */
export interface RouterRule {
  normalize: boolean;
  scale: number;
}

/** The operations, in the order of a forward pass. Each names a kernel and its CPU twin. */
export interface Ops {
  /** hidden[t] = embedding[token of t] */
  embed(embedding: Matrix, hidden: Tensor): void;
  /** output = input · rsqrt(mean(input²) + epsilon) ⊙ weight, row by row */
  rmsNorm(input: Tensor, weight: Vector, epsilon: number, output: Tensor): void;
  /** output[·, column…] = weight · input; `accumulate` adds to what is there. `weight` has one slab. */
  matmul(input: Tensor, weight: Matrix, output: Tensor, place?: ProductPlace): void;
  /**
   * qkv [tokens, (headCount + 2·kvHeadCount)·headDim] holds q, k, v. RMSNorm on each head of q and k, RoPE at
   * position + t, then q in place, k and v into the cache at position + t. One kernel (spec 4.1).
   */
  qkNormRope(qkv: Tensor, norms: HeadNorms, rope: RopeTable, cache: KvLayer): void;
  /** Causal grouped-query attention of q (in qkv) over the cache's first position + t + 1 entries; scale 1/√headDim. */
  attention(qkv: Tensor, cache: KvLayer, output: Tensor): void;
  /** Softmax over router·input, the best `expertsUsed` (lower id on ties), renormalised if asked, times `scale`. */
  router(input: Tensor, router: Matrix, rule: RouterRule, route: Route): void;
  /** output = silu(gate·input) ⊙ (up·input); with a route once for each chosen expert (output has expertsUsed slots). */
  gateUp(input: Tensor, gate: Matrix, up: Matrix, route: Route | null, output: Tensor): void;
  /** hidden += Σ over chosen experts of weight · (down·input); without a route, hidden += down·input. */
  down(input: Tensor, down: Matrix, route: Route | null, hidden: Tensor): void;
  /**
   * Row `layer` of the route's record = what is chosen for the step's last token; follows the router at once. It may be left out while
   * no sampler asks for it.
   */
  recordExperts(route: Route, layer: number): void;
  /** output (extent `last`) = the row of the step's last token. */
  lastRow(input: Tensor, output: Tensor): void;
  /** Draws the next token from logits (extent `last`); it becomes the token of the next step, at position + tokens. */
  sample(logits: Tensor, sampler: Sampler): void;
}

/** A recorded sequence of operations, run again and again with other tokens. */
export interface Program {
  readonly label: string;
  /** Kernel launches of one run with one token. */
  readonly dispatches: number;
}

export interface AheadLimits {
  /** Most steps worth submitting before the first one's token is known. */
  readonly steps: number;
  /** Steps that go well in one submit. */
  readonly together: number;
}

/** A step that was submitted could not be finished, nor those after it: run them again from the token before. */
export class StepsLost extends Error {}

export interface Backend {
  readonly info: BackendInfo;
  /** Most tokens in one step: the rows that tensors have room for. */
  readonly maxTokens: number;
  /** What it holds now: on the device, or in typed arrays. */
  readonly memory: MemoryBytes;

  createVector(label: string, values: Float32Array): Vector;
  /**
   * Told before any matrix is created: for each layer, the sets of matrices that lie well together. A back end may put the
   * same set of several layers into one piece of memory.
   */
  arrange(layers: readonly (readonly (readonly MatrixSpec[])[])[]): void;
  /** @throws EngineError `unsupported-type`, `out-of-memory` */
  createMatrix(spec: MatrixSpec): MatrixWriter;
  createTensor(label: string, width: number, extent?: 'tokens' | 'last', slots?: number): Tensor;
  /** `layers`: rows of its record, 1 if not named. */
  createRoute(expertsUsed: number, expertCount: number, layers?: number): Route;
  createKvLayers(count: number, kvHeadCount: number, headDim: number, contextLength: number): KvLayer[];
  /** cos, sin: [contextLength, headDim / 2] */
  createRopeTable(cos: Float32Array, sin: Float32Array, headDim: number): RopeTable;
  createSampler(vocabularySize: number, options?: SamplerOptions): Sampler;

  /** Compiles what the program needs; resolves when it can run at full speed. */
  record(label: string, describe: (ops: Ops) => void): Promise<Program>;

  /** Sets the tokens of the next step and the position of its first. tokens.length ≤ maxTokens. */
  setTokens(tokens: ArrayLike<number>, position: number): void;
  /** How far steps that draw with this sampler may run ahead. */
  ahead(sampler: Sampler): AheadLimits;
  /**
   * Runs a program over `tokens` rows. Returns at once on a GPU; the work is queued in order. With `steps` so many times, each with the
   * token that the one before drew.
   */
  run(program: Program, tokens: number, steps?: number): void | Promise<void>;
  /** Starts an answer: parameters, seed, counts. */
  configureSampler(sampler: Sampler, settings: SamplerSettings): void;
  /**
   * The token that the last run drew; call it once after each run of a program that samples.
   * @throws EngineError `bad-weights` when the logits hold NaN, `device-lost`
   */
  sampled(sampler: Sampler): Promise<TokenInfo>;
  /** The record of the sampler's route as the last run left it; null without one. */
  chosenExperts(sampler: Sampler): Promise<TokenExperts | null>;
  /** The first `rows` rows of a tensor. For tests and the terminal; slow on a GPU. */
  read(tensor: Tensor, rows: number): Promise<Float32Array>;

  /** Resolves with an error once the device is gone; never on the CPU. */
  readonly lost: Promise<Error>;
  destroy(): void;
}
