// Tiny random checkpoints of any shape that the spec allows, in memory: for comparing a back end with the naive reference.
import type { Checkpoint, CheckpointTensor, Qwen3Config } from '../../engine/format/checkpoint.ts';
import { memorySource } from './memoryFiles.ts';

export interface RandomModel {
  checkpoint: Checkpoint;
  /** The same weights, by GGUF name. */
  weights: Map<string, Float32Array>;
}

const small: Qwen3Config = {
  architecture: 'qwen3moe',
  vocabularySize: 512,
  hiddenSize: 256,
  layerCount: 2,
  headCount: 4,
  kvHeadCount: 2,
  headDim: 128,
  normEpsilon: 1e-6,
  ropeTheta: 1e6,
  yarn: null,
  contextLength: 256,
  expertCount: 8,
  expertsUsed: 2,
  expertIntermediateSize: 256,
  intermediateSize: 0,
  normalizeExpertWeights: true,
  routedScale: 1,
};

/** Deterministic uniform numbers in [−1, 1): mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function randomModel(
  change: Partial<Qwen3Config> = {},
  { tied = false, denseLayers = [] as number[], seed = 1 } = {},
): RandomModel {
  const config = { ...small, ...change };
  const { hiddenSize: H, vocabularySize: V, headDim: D, expertCount: E, expertIntermediateSize: I } = config;
  const [queryWidth, kvWidth] = [config.headCount * D, config.kvHeadCount * D];
  const random = randomNumbers(seed);
  const tensors = new Map<string, CheckpointTensor>();
  const weights = new Map<string, Float32Array>();

  const add = (name: string, shape: number[], center = 0) => {
    const size = shape.reduce((product, length) => product * length, 1);
    // About unit variance out of a product, and norm weights around 1.
    const spread = center ? 0.3 : Math.sqrt(3 / shape[shape.length - 1]);
    const values = Float32Array.from({ length: size }, () => center + spread * random());
    const source = memorySource(name, new Uint8Array(values.buffer));
    const parts = [{ source, offset: 0, byteLength: values.byteLength }];
    tensors.set(`${name}.weight`, {
      name: `${name}.weight`,
      type: 'F32',
      shape,
      byteLength: values.byteLength,
      parts,
    });
    weights.set(`${name}.weight`, values);
  };

  add('token_embd', [V, H]);
  for (let n = 0; n < config.layerCount; n++) {
    const layer = `blk.${n}`;
    add(`${layer}.attn_norm`, [H], 1);
    add(`${layer}.attn_q`, [queryWidth, H]);
    add(`${layer}.attn_k`, [kvWidth, H]);
    add(`${layer}.attn_v`, [kvWidth, H]);
    add(`${layer}.attn_q_norm`, [D], 1);
    add(`${layer}.attn_k_norm`, [D], 1);
    add(`${layer}.attn_output`, [H, queryWidth]);
    add(`${layer}.ffn_norm`, [H], 1);
    if (E > 0 && !denseLayers.includes(n)) {
      add(`${layer}.ffn_gate_inp`, [E, H]);
      add(`${layer}.ffn_gate_exps`, [E, I, H]);
      add(`${layer}.ffn_up_exps`, [E, I, H]);
      add(`${layer}.ffn_down_exps`, [E, H, I]);
    } else {
      add(`${layer}.ffn_gate`, [config.intermediateSize, H]);
      add(`${layer}.ffn_up`, [config.intermediateSize, H]);
      add(`${layer}.ffn_down`, [H, config.intermediateSize]);
    }
  }
  add('output_norm', [H], 1);
  if (!tied) add('output', [V, H]);

  let byteLength = 0;
  for (const tensor of tensors.values()) byteLength += tensor.byteLength;
  const checkpoint: Checkpoint = {
    name: 'random',
    config,
    tensors,
    tokenizer: null,
    chatTemplate: null,
    endTokenIds: [],
    recommendedSampling: {},
    byteLength,
    quantization: 'F32',
  };
  return { checkpoint, weights };
}

/** Shapes that spec 6.1 asks for, and some that are awkward on purpose. */
export const randomModels: [string, () => RandomModel][] = [
  ['spec 6.1, item 4', () => randomModel()],
  [
    'spec 6.1, item 5: a dense first layer, weights not renormalised, tied, query width unlike hidden',
    () =>
      randomModel(
        { hiddenSize: 192, headCount: 6, headDim: 64, intermediateSize: 320, normalizeExpertWeights: false },
        { tied: true, denseLayers: [0] },
      ),
  ],
  ['dense', () => randomModel({ architecture: 'qwen3', expertCount: 0, expertsUsed: 0, intermediateSize: 352 })],
  [
    'odd counts: 6 experts of 96, 3 used, 5 query heads on 1, head of 80, routed scale 2.5',
    () =>
      randomModel({
        hiddenSize: 160,
        headCount: 5,
        kvHeadCount: 1,
        headDim: 80,
        expertCount: 6,
        expertsUsed: 3,
        expertIntermediateSize: 96,
        vocabularySize: 331,
        routedScale: 2.5,
      }),
  ],
  [
    'YaRN',
    () =>
      randomModel({
        yarn: { factor: 4, originalContext: 64, betaFast: 32, betaSlow: 1, attentionFactor: null },
        ropeTheta: 1e4,
      }),
  ],
];
