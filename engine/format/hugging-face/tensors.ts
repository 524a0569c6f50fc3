// Hugging Face tensor names to GGUF's (spec 1.2), and experts to one tensor a layer: files keep one tensor per expert, or
// the fused form that transformers 5 has in memory.
import { EngineError } from '../../errors.ts';
import type { CheckpointTensor, Qwen3Config } from '../checkpoint.ts';
import type { SafetensorsTensor } from './safetensors.ts';

const modelNames = new Map(
  Object.entries({
    'model.embed_tokens.weight': 'token_embd.weight',
    'model.norm.weight': 'output_norm.weight',
    'lm_head.weight': 'output.weight',
  }),
);

const layerNames = new Map(
  Object.entries({
    'input_layernorm.weight': 'attn_norm.weight',
    'self_attn.q_proj.weight': 'attn_q.weight',
    'self_attn.k_proj.weight': 'attn_k.weight',
    'self_attn.v_proj.weight': 'attn_v.weight',
    'self_attn.q_norm.weight': 'attn_q_norm.weight',
    'self_attn.k_norm.weight': 'attn_k_norm.weight',
    'self_attn.o_proj.weight': 'attn_output.weight',
    'post_attention_layernorm.weight': 'ffn_norm.weight',
    'mlp.gate.weight': 'ffn_gate_inp.weight',
    'mlp.gate_proj.weight': 'ffn_gate.weight',
    'mlp.up_proj.weight': 'ffn_up.weight',
    'mlp.down_proj.weight': 'ffn_down.weight',
    'mlp.experts.down_proj': 'ffn_down_exps.weight',
    'mlp.experts.down_proj.weight': 'ffn_down_exps.weight',
  }),
);

/** Renames and gathers; shapes are checked afterwards, against the configuration. */
export function nameTensors(
  files: SafetensorsTensor[],
  config: Qwen3Config,
  tiedHead: boolean,
): Map<string, CheckpointTensor> {
  const tensors = new Map<string, CheckpointTensor>();
  const experts = new Map<string, SafetensorsTensor[]>();
  for (const tensor of files) {
    if (tiedHead && tensor.name === 'lm_head.weight') continue;
    const layer = /^model\.layers\.(\d+)\.(.+)$/.exec(tensor.name);
    const expert = /^mlp\.experts\.(\d+)\.(gate|up|down)_proj\.weight$/.exec(layer?.[2] ?? '');
    if (layer && expert) {
      const name = `blk.${layer[1]}.ffn_${expert[2]}_exps.weight`;
      const slots = experts.get(name) ?? [];
      if (Number(expert[1]) >= config.expertCount || slots[Number(expert[1])])
        throw new EngineError('bad-tensors', `The model has an expert too many: ${tensor.name}.`);
      slots[Number(expert[1])] = tensor;
      experts.set(name, slots);
    } else if (layer && /^mlp\.experts\.gate_up_proj(\.weight)?$/.test(layer[2])) {
      for (const half of splitGateUp(`blk.${layer[1]}`, tensor, config.expertCount)) add(tensors, half);
    } else {
      const layerName = layer ? layerNames.get(layer[2]) : undefined;
      const name = modelNames.get(tensor.name) ?? (layer && layerName ? `blk.${layer[1]}.${layerName}` : tensor.name);
      add(tensors, tensorOf(name, tensor.shape, [tensor]));
    }
  }
  for (const [name, slots] of experts) add(tensors, gatherExperts(name, slots, config));
  return tensors;
}

function add(tensors: Map<string, CheckpointTensor>, tensor: CheckpointTensor): void {
  if (tensors.has(tensor.name)) throw new EngineError('bad-tensors', `The model has the tensor ${tensor.name} twice.`);
  tensors.set(tensor.name, tensor);
}

function tensorOf(name: string, shape: number[], parts: Omit<SafetensorsTensor, 'name' | 'shape'>[]): CheckpointTensor {
  return {
    name,
    type: parts[0].type,
    shape,
    byteLength: parts.reduce((sum, part) => sum + part.byteLength, 0),
    parts: parts.map(({ source, offset, byteLength }) => ({ source, offset, byteLength })),
  };
}

/** [experts, 2·width, hidden], gate rows first, as two tensors with one part for every expert. */
function splitGateUp(block: string, tensor: SafetensorsTensor, expertCount: number): CheckpointTensor[] {
  const [, rows, hiddenSize] = tensor.shape;
  if (tensor.shape.length !== 3 || tensor.shape[0] !== expertCount || expertCount === 0 || rows % 2 !== 0)
    throw new EngineError('bad-tensors', `The tensor ${tensor.name} has the shape ${tensor.shape.join(' × ')}.`);
  const byteLength = tensor.byteLength / (2 * expertCount);
  return ['gate', 'up'].map((half, position) => {
    const parts = Array.from({ length: expertCount }, (_, expert) => ({
      ...tensor,
      offset: tensor.offset + (2 * expert + position) * byteLength,
      byteLength,
    }));
    return tensorOf(`${block}.ffn_${half}_exps.weight`, [expertCount, rows / 2, hiddenSize], parts);
  });
}

function gatherExperts(name: string, slots: SafetensorsTensor[], config: Qwen3Config): CheckpointTensor {
  const first = slots.find((slot) => slot)!;
  for (let expert = 0; expert < config.expertCount; expert++) {
    const slot = slots[expert];
    if (!slot) throw new EngineError('bad-tensors', `The model is incomplete: ${name} lacks expert ${expert}.`);
    if (slot.type !== first.type || slot.shape.join() !== first.shape.join())
      throw new EngineError('bad-tensors', `The experts of ${name} differ in type or shape.`);
  }
  return tensorOf(name, [config.expertCount, ...first.shape], slots);
}
