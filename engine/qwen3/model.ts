// The forward pass of qwen3 and qwen3moe (spec 1.3 to 1.5), one line an operation, recorded once as three programs. Knows
// no back end, no tokenizer, no sampling settings.
import type { Backend, KvLayer, Ops, Program, RopeTable, Route, Sampler, Tensor } from '../backend/backend.ts';
import type { Checkpoint, Qwen3Config } from '../format/checkpoint.ts';
import { loadWeights, type LayerWeights, type LoadWeightsOptions, type Qwen3Weights } from './loadWeights.ts';
import { ropeTable } from './rope.ts';

/** Activations of a step, and what one layer hands to the next. */
interface Activations {
  hidden: Tensor; // [tokens, H]
  normed: Tensor; // [tokens, H]
  qkv: Tensor; // [tokens, (Hq + 2·Hk)·D]
  attention: Tensor; // [tokens, Hq·D]
  /** For sparse layers; null in a dense model. */
  experts: { route: Route /* [tokens, k] */; gateUp: Tensor /* [tokens · k, I] */ } | null;
  /** For dense layers; null where all are sparse. */
  denseGateUp: Tensor | null; // [tokens, F]
  last: Tensor; // [1, H]
  lastNormed: Tensor; // [1, H]
  logits: Tensor; // [1, V]
}

export interface Qwen3Model {
  readonly config: Qwen3Config;
  readonly contextLength: number;
  readonly sampler: Sampler;
  /** Logits after the last token of a step, [1, V]. */
  readonly logits: Tensor;
  /** Fills the cache. */
  readonly prefill: Program;
  /** Fills the cache and draws the next token: the last chunk of a prompt, and every decode step. */
  readonly step: Program;
  /** Fills the cache and leaves logits after the last token. */
  readonly score: Program;
}

export interface LoadModelOptions extends LoadWeightsOptions {
  contextLength: number;
}

/** Streams the weights into the back end and records the programs. @throws what loadWeights and the back end throw */
export async function loadModel(
  checkpoint: Checkpoint,
  backend: Backend,
  { contextLength, ...options }: LoadModelOptions,
): Promise<Qwen3Model> {
  const { config } = checkpoint;
  const weights = await loadWeights(checkpoint, backend, options);
  const { cos, sin } = ropeTable(config, contextLength);
  const rope = backend.createRopeTable(cos, sin, config.headDim);
  const cache = backend.createKvLayers(config.layerCount, config.kvHeadCount, config.headDim, contextLength);
  const activations = createActivations(config, weights, backend);
  const route = activations.experts?.route ?? null;
  const sampler = backend.createSampler(config.vocabularySize, { route, contextLength });
  const { hidden, last, lastNormed, logits } = activations;

  const layers = (ops: Ops) => {
    ops.embed(weights.embedding, hidden);
    let sparse = 0;
    weights.layers.forEach((layer, n) => {
      describeLayer(ops, config, layer, activations, rope, cache[n], sparse);
      if (layer.feedForward.router) sparse++;
    });
  };
  const head = (ops: Ops) => {
    ops.lastRow(hidden, last);
    ops.rmsNorm(last, weights.outputNorm, config.normEpsilon, lastNormed);
    ops.matmul(lastNormed, weights.head, logits);
  };

  return {
    config,
    contextLength,
    sampler,
    logits,
    prefill: await backend.record('prefill', layers),
    score: await backend.record('score', (ops) => {
      layers(ops);
      head(ops);
    }),
    step: await backend.record('step', (ops) => {
      layers(ops);
      head(ops);
      ops.sample(logits, sampler);
    }),
  };
}

function describeLayer(
  ops: Ops,
  config: Qwen3Config,
  { attention, feedForward }: LayerWeights,
  { hidden, normed, qkv, attention: attended, experts, denseGateUp }: Activations,
  rope: RopeTable,
  cache: KvLayer,
  sparseLayer: number,
): void {
  const epsilon = config.normEpsilon;
  const queryWidth = config.headCount * config.headDim;
  const kvWidth = config.kvHeadCount * config.headDim;

  ops.rmsNorm(hidden, attention.norm, epsilon, normed);
  ops.matmul(normed, attention.q, qkv);
  ops.matmul(normed, attention.k, qkv, { column: queryWidth });
  ops.matmul(normed, attention.v, qkv, { column: queryWidth + kvWidth });
  ops.qkNormRope(qkv, { q: attention.qNorm, k: attention.kNorm, epsilon }, rope, cache);
  ops.attention(qkv, cache, attended);
  ops.matmul(attended, attention.output, hidden, { accumulate: true });

  ops.rmsNorm(hidden, feedForward.norm, epsilon, normed);
  if (feedForward.router && experts) {
    const rule = { normalize: config.normalizeExpertWeights, scale: config.routedScale };
    ops.router(normed, feedForward.router, rule, experts.route);
    ops.recordExperts(experts.route, sparseLayer);
    ops.gateUp(normed, feedForward.gate, feedForward.up, experts.route, experts.gateUp);
    ops.down(experts.gateUp, feedForward.down, experts.route, hidden);
  } else if (denseGateUp) {
    ops.gateUp(normed, feedForward.gate, feedForward.up, null, denseGateUp);
    ops.down(denseGateUp, feedForward.down, null, hidden);
  }
}

function createActivations(config: Qwen3Config, weights: Qwen3Weights, backend: Backend): Activations {
  const { hiddenSize, headCount, kvHeadCount, headDim, expertsUsed, expertCount } = config;
  const sparse = weights.layers.filter((layer) => layer.feedForward.router).length;
  const dense = weights.layers.some((layer) => !layer.feedForward.router);
  return {
    hidden: backend.createTensor('hidden', hiddenSize),
    normed: backend.createTensor('normed', hiddenSize),
    qkv: backend.createTensor('qkv', (headCount + 2 * kvHeadCount) * headDim),
    attention: backend.createTensor('attention', headCount * headDim),
    experts:
      sparse > 0
        ? {
            route: backend.createRoute(expertsUsed, expertCount, sparse),
            gateUp: backend.createTensor('expertGateUp', config.expertIntermediateSize, 'tokens', expertsUsed),
          }
        : null,
    denseGateUp: dense ? backend.createTensor('denseGateUp', config.intermediateSize) : null,
    last: backend.createTensor('last', hiddenSize, 'last'),
    lastNormed: backend.createTensor('lastNormed', hiddenSize, 'last'),
    logits: backend.createTensor('logits', config.vocabularySize, 'last'),
  };
}
