// config.json to hyperparameters (spec 1.1), in the forms that transformers 4 and 5 write. Knows their key names and defaults.
import { EngineError } from '../../errors.ts';
import type { Qwen3Config, YarnConfig } from '../checkpoint.ts';
import type { Fields } from '../fields.ts';

export interface HuggingFaceConfig {
  config: Qwen3Config;
  tiedHead: boolean;
  /** Which layers the configuration gives experts. */
  isSparse: (layer: number) => boolean;
}

export function readHuggingFaceConfig(fields: Fields): HuggingFaceConfig {
  const modelType = fields.string('model_type', '(none)');
  if (modelType !== 'qwen3' && modelType !== 'qwen3_moe')
    throw new EngineError(
      'unsupported-architecture',
      `This model's type is "${modelType}"; Conclave runs qwen3 and qwen3_moe.`,
    );
  checkSupported(fields);
  const sparse = modelType === 'qwen3_moe';
  const hiddenSize = fields.count('hidden_size');
  const headCount = fields.count('num_attention_heads');
  const expertCount = sparse ? fields.integer('num_experts', fields.integer('num_local_experts', 0)) : 0;
  const config: Qwen3Config = {
    architecture: sparse ? 'qwen3moe' : 'qwen3',
    vocabularySize: fields.count('vocab_size'),
    hiddenSize,
    layerCount: fields.count('num_hidden_layers'),
    headCount,
    kvHeadCount: fields.count('num_key_value_heads', headCount),
    headDim: fields.count('head_dim', Math.floor(hiddenSize / headCount)),
    normEpsilon: fields.number('rms_norm_eps', 1e-6),
    ...readRope(fields),
    contextLength: fields.count('max_position_embeddings'),
    expertCount,
    expertsUsed: expertCount > 0 ? fields.count('num_experts_per_tok') : 0,
    expertIntermediateSize: expertCount > 0 ? fields.count('moe_intermediate_size') : 0,
    intermediateSize: fields.integer('intermediate_size', 0),
    normalizeExpertWeights: fields.boolean('norm_topk_prob', false),
    routedScale: 1,
  };
  const sparseStep = fields.count('decoder_sparse_step', 1);
  const denseLayers = new Set(Array.from(fields.integers('mlp_only_layers', [])));
  return {
    config,
    tiedHead: fields.boolean('tie_word_embeddings', false),
    isSparse: (layer) => expertCount > 0 && !denseLayers.has(layer) && (layer + 1) % sparseStep === 0,
  };
}

function checkSupported(fields: Fields): void {
  const refusals: [boolean, string][] = [
    [fields.string('hidden_act', 'silu') !== 'silu', 'another activation than SiLU'],
    [fields.boolean('attention_bias', false) || fields.boolean('qkv_bias', false), 'biases in its attention'],
    [fields.boolean('use_sliding_window', false), 'sliding-window attention'],
    [!fields.boolean('use_qk_norm', true), 'no norms on queries and keys'],
    [fields.integer('shared_expert_intermediate_size', 0) !== 0, 'shared experts'],
    [fields.has('quantization_config'), 'a Hugging Face quantization; take its GGUF form instead'],
  ];
  for (const [applies, what] of refusals)
    if (applies) throw new EngineError('unsupported-architecture', `This model has ${what}, which is not read.`);
}

/** transformers 5 keeps base and scaling in `rope_parameters`; 4 has `rope_theta` at the top and `rope_scaling` beside it. */
function readRope(fields: Fields): { ropeTheta: number; yarn: YarnConfig | null } {
  const parameters = fields.object('rope_parameters');
  const scaling = parameters ?? fields.object('rope_scaling');
  const ropeTheta = parameters?.number('rope_theta', null) ?? fields.number('rope_theta', 10_000);
  const type = scaling?.string('rope_type', null) ?? scaling?.string('type', null) ?? 'default';
  if (!scaling || type === 'default') return { ropeTheta, yarn: null };
  if (type !== 'yarn')
    throw new EngineError('bad-metadata', `This model asks for "${type}" RoPE scaling; only YaRN is read.`);
  const yarn = {
    factor: scaling.number('factor'),
    originalContext: scaling.count('original_max_position_embeddings', fields.count('max_position_embeddings')),
    betaFast: scaling.number('beta_fast', 32),
    betaSlow: scaling.number('beta_slow', 1),
    attentionFactor: scaling.number('attention_factor', null),
  };
  return { ropeTheta, yarn };
}
