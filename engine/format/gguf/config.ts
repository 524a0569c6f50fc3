// GGUF metadata to hyperparameters (spec 1.1). Knows GGUF's key names and llama.cpp's defaults.
import { EngineError } from '../../errors.ts';
import type { Qwen3Config, YarnConfig } from '../checkpoint.ts';
import type { Fields } from '../fields.ts';

/** `vocabularySize` is the number of rows of token_embd.weight: the metadata usually does not say it. */
export function readGgufConfig(metadata: Fields, vocabularySize: number): Qwen3Config {
  const architecture = metadata.string('general.architecture');
  if (architecture !== 'qwen3' && architecture !== 'qwen3moe')
    throw new EngineError(
      'unsupported-architecture',
      `This model's architecture is "${architecture}"; Conclave runs qwen3 and qwen3moe.`,
    );
  const key = (name: string) => `${architecture}.${name}`;
  checkSupported(metadata, key);

  const hiddenSize = metadata.count(key('embedding_length'));
  const headCount = metadata.count(key('attention.head_count'));
  const headDim = metadata.count(key('attention.key_length'), Math.floor(hiddenSize / headCount));
  for (const name of ['attention.value_length', 'rope.dimension_count'])
    if (metadata.count(key(name), headDim) !== headDim)
      throw new EngineError('bad-metadata', `"${key(name)}" differs from the width of a head, which Qwen3 never does.`);
  const expertCount = architecture === 'qwen3moe' ? metadata.integer(key('expert_count'), 0) : 0;
  const expertsUsed = expertCount > 0 ? metadata.count(key('expert_used_count')) : 0;
  const intermediateSize = metadata.integer(key('feed_forward_length'), 0);

  return {
    architecture,
    vocabularySize,
    hiddenSize,
    layerCount: metadata.count(key('block_count')),
    headCount,
    kvHeadCount: metadata.count(key('attention.head_count_kv'), headCount),
    headDim,
    normEpsilon: metadata.number(key('attention.layer_norm_rms_epsilon')),
    ropeTheta: metadata.number(key('rope.freq_base'), 10_000),
    yarn: readYarn(metadata, key),
    contextLength: metadata.count(key('context_length')),
    expertCount,
    expertsUsed,
    expertIntermediateSize:
      expertCount > 0
        ? metadata.count(key('expert_feed_forward_length'), Math.floor(intermediateSize / expertsUsed))
        : 0,
    intermediateSize,
    normalizeExpertWeights: metadata.boolean(key('expert_weights_norm'), true),
    routedScale: metadata.number(key('expert_weights_scale'), 1) || 1,
  };
}

const softmaxGating = 1;

function checkSupported(metadata: Fields, key: (name: string) => string): void {
  if (metadata.integer(key('expert_shared_feed_forward_length'), 0) !== 0)
    throw new EngineError('unsupported-architecture', 'This model has shared experts, which Qwen3 does not.');
  const gating = metadata.integer(key('expert_gating_func'), softmaxGating);
  if (gating !== softmaxGating && gating !== 0)
    throw new EngineError('unsupported-architecture', 'This model chooses its experts in another way than Qwen3 does.');
}

/** llama.cpp multiplies its attention factors with 0.1·ln(factor) + 1; ours replaces it, as Hugging Face's does. */
function readYarn(metadata: Fields, key: (name: string) => string): YarnConfig | null {
  const type = metadata.string(key('rope.scaling.type'), 'none');
  const factor = type === 'none' ? 1 : metadata.number(key('rope.scaling.factor'), 1);
  if (type === 'none' || (type === 'linear' && (factor === 1 || factor === 0))) return null;
  if (type !== 'yarn')
    throw new EngineError('bad-metadata', `This model asks for "${type}" RoPE scaling; only YaRN is read.`);
  const blend = metadata.number(key('rope.scaling.yarn_ext_factor'), 1);
  if (blend !== 1 && blend >= 0)
    throw new EngineError('bad-metadata', 'This model blends YaRN with plain RoPE, which is not read.');
  const attention =
    metadata.number(key('rope.scaling.attn_factor'), 1) * metadata.number(key('rope.scaling.yarn_attn_factor'), 1);
  return {
    factor,
    originalContext: metadata.count(key('rope.scaling.original_context_length')),
    betaFast: metadata.number(key('rope.scaling.yarn_beta_fast'), 32),
    betaSlow: metadata.number(key('rope.scaling.yarn_beta_slow'), 1),
    attentionFactor: attention === 1 ? null : attention * (0.1 * Math.log(factor) + 1),
  };
}
