// The starter as a Hugging Face folder of BF16 safetensors, as a model comes from a hub: its GGUF's numbers, written anew.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dequantizeRows } from '../../engine/format/dequantize/dequantizeRows.ts';
import { writeSafetensors, type StoredTensor } from './safetensors.ts';
import { openStarter, starterPath } from './starter.ts';

const source = path.join(path.dirname(starterPath), 'hf');
const files = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];

const names: Record<string, string> = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate_inp: 'mlp.gate',
};

export async function writeStarterFolder(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const file of files) copyFileSync(path.join(source, file), path.join(folder, file));
  const bytes = readFileSync(starterPath);
  const stored: [string, StoredTensor][] = [];
  for (const { name, type, shape, byteLength, parts } of (await openStarter()).tensors.values()) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    dequantizeRows(type, bytes.subarray(parts[0].offset, parts[0].offset + byteLength), values);
    const [, layer, role] = /^(?:blk\.(\d+)\.)?(.+)\.weight$/.exec(name)!;
    const prefix = layer === undefined ? '' : `model.layers.${layer}.`;
    const expert = /^ffn_(gate|up|down)_exps$/.exec(role);
    const slabs = expert ? shape[0] : 1;
    const slabSize = values.length / slabs;
    for (let slab = 0; slab < slabs; slab++) {
      const label = expert ? `mlp.experts.${slab}.${expert[1]}_proj` : names[role];
      const data = toBrainFloats(values.subarray(slab * slabSize, (slab + 1) * slabSize));
      stored.push([`${prefix}${label}.weight`, { dtype: 'BF16', shape: expert ? shape.slice(1) : shape, data }]);
    }
  }
  writeFileSync(path.join(folder, 'model.safetensors'), writeSafetensors(stored));
}

/** The upper halves of the numbers, rounded to the nearest, to even ones where two are as near. */
function toBrainFloats(values: Float32Array): Uint8Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) halves[i] = (words[i] + 0x7fff + ((words[i] >>> 16) & 1)) >>> 16;
  return new Uint8Array(halves.buffer);
}
