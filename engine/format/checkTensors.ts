// Checks that a checkpoint has exactly the tensors of spec 1.2, in the right shapes. A layer with a router is sparse, one
// without is dense.
import { EngineError } from '../errors.ts';
import type { CheckpointTensor, Qwen3Config } from './checkpoint.ts';

/**
 * Every tensor that the model needs, by GGUF name, with its shape, outermost first. `isSparse` says which layers have
 * experts; without `output.weight` the head is tied.
 */
export function expectedTensors(
  config: Qwen3Config,
  isSparse: (layer: number) => boolean,
  tiedHead: boolean,
): Map<string, number[]> {
  const { vocabularySize, hiddenSize, headCount, kvHeadCount, headDim } = config;
  const shapes = new Map<string, number[]>([['token_embd.weight', [vocabularySize, hiddenSize]]]);
  for (let layer = 0; layer < config.layerCount; layer++) {
    const add = (name: string, ...shape: number[]) => shapes.set(`blk.${layer}.${name}.weight`, shape);
    add('attn_norm', hiddenSize);
    add('attn_q', headCount * headDim, hiddenSize);
    add('attn_k', kvHeadCount * headDim, hiddenSize);
    add('attn_v', kvHeadCount * headDim, hiddenSize);
    add('attn_q_norm', headDim);
    add('attn_k_norm', headDim);
    add('attn_output', hiddenSize, headCount * headDim);
    add('ffn_norm', hiddenSize);
    if (isSparse(layer)) {
      const { expertCount, expertIntermediateSize } = config;
      add('ffn_gate_inp', expertCount, hiddenSize);
      add('ffn_gate_exps', expertCount, expertIntermediateSize, hiddenSize);
      add('ffn_up_exps', expertCount, expertIntermediateSize, hiddenSize);
      add('ffn_down_exps', expertCount, hiddenSize, expertIntermediateSize);
    } else {
      add('ffn_gate', config.intermediateSize, hiddenSize);
      add('ffn_up', config.intermediateSize, hiddenSize);
      add('ffn_down', hiddenSize, config.intermediateSize);
    }
  }
  shapes.set('output_norm.weight', [hiddenSize]);
  if (!tiedHead) shapes.set('output.weight', [vocabularySize, hiddenSize]);
  return shapes;
}

/** @throws EngineError `bad-tensors` naming the first tensor that is missing, misshapen or not known. */
export function checkTensors(config: Qwen3Config, tensors: ReadonlyMap<string, CheckpointTensor>): void {
  const isSparse = (layer: number) =>
    config.expertCount > 0 &&
    (tensors.has(`blk.${layer}.ffn_gate_inp.weight`) || tensors.has(`blk.${layer}.ffn_gate_exps.weight`));
  const expected = expectedTensors(config, isSparse, !tensors.has('output.weight'));
  for (const name of tensors.keys())
    if (!expected.has(name))
      throw new EngineError('bad-tensors', `The model has a tensor that Qwen3 does not have: ${name}${hint(name)}.`);
  for (const [name, shape] of expected) {
    const tensor = tensors.get(name);
    if (!tensor) throw new EngineError('bad-tensors', `The model is incomplete: it lacks the tensor ${name}.`);
    if (tensor.shape.length !== shape.length || tensor.shape.some((width, index) => width !== shape[index]))
      throw new EngineError(
        'bad-tensors',
        `The tensor ${name} has the shape ${tensor.shape.join(' × ')}; this model needs ${shape.join(' × ')}.`,
      );
  }
}

function hint(name: string): string {
  if (name.includes('attn_qkv')) return ' (fused query, key and value are not read)';
  if (name.endsWith('.scale') || name.includes('scale_inv')) return ' (separate scales are not read)';
  if (name.endsWith('.bias')) return ' (Qwen3 has no biases)';
  if (name.includes('shexp')) return ' (shared experts are not read)';
  return '';
}
