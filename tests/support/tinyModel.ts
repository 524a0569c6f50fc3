// A qwen3moe model of a few kilobytes as GGUF metadata and tensors, for tests that bend one thing about it.
import { characterOfByte } from '../../engine/tokenizer/byteAlphabet.ts';
import type { GgufTensorInput, GgufValue } from './gguf.ts';
import { writeGguf } from './gguf.ts';

export const tinySize = {
  vocabulary: 272,
  hidden: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 32,
  experts: 4,
  expertsUsed: 2,
  expertWidth: 32,
};

const addedTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<think>', '</think>', '<|fim_pad|>'];
const mergedTokens = ['he', 'ell', 'hell', 'Ġt'];

/** 256 bytes, four merged tokens, six added ones, six fillers. */
export const tinyTokenizer = {
  tokens: [
    ...characterOfByte,
    ...mergedTokens,
    ...addedTokens,
    ...Array.from({ length: 6 }, (_, index) => `[PAD${266 + index}]`),
  ],
  tokenTypes: [
    ...Array<number>(260).fill(1),
    ...addedTokens.map((token) => (token.includes('|') ? 3 : 4)),
    ...Array<number>(6).fill(5),
  ],
  merges: ['h e', 'Ġ t'],
};

export function tinyMetadata(): Record<string, GgufValue> {
  const { hidden, layers, heads, kvHeads, headDim, experts, expertsUsed, expertWidth } = tinySize;
  return {
    'general.architecture': 'qwen3moe',
    'general.name': 'Tiny',
    'qwen3moe.block_count': layers,
    'qwen3moe.context_length': 128,
    'qwen3moe.embedding_length': hidden,
    'qwen3moe.feed_forward_length': 128,
    'qwen3moe.attention.head_count': heads,
    'qwen3moe.attention.head_count_kv': kvHeads,
    'qwen3moe.attention.key_length': headDim,
    'qwen3moe.attention.layer_norm_rms_epsilon': 1e-6,
    'qwen3moe.rope.freq_base': 1_000_000,
    'qwen3moe.expert_count': experts,
    'qwen3moe.expert_used_count': expertsUsed,
    'qwen3moe.expert_feed_forward_length': expertWidth,
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'qwen2',
    'tokenizer.ggml.tokens': tinyTokenizer.tokens,
    'tokenizer.ggml.token_type': tinyTokenizer.tokenTypes,
    'tokenizer.ggml.merges': tinyTokenizer.merges,
    'tokenizer.ggml.eos_token_id': tinyTokenizer.tokens.indexOf('<|im_end|>'),
  };
}

/** All zeros, head tied; matrices as Q8_0, the rest as F32. */
export function tinyTensors(): GgufTensorInput[] {
  const { vocabulary, hidden, layers, heads, kvHeads, headDim, experts, expertWidth } = tinySize;
  const vector = (name: string, width: number): GgufTensorInput => ({ name, type: 'F32', dims: [width] });
  const matrix = (name: string, ...dims: number[]): GgufTensorInput => ({ name, type: 'Q8_0', dims });
  const tensors = [matrix('token_embd.weight', hidden, vocabulary)];
  for (let layer = 0; layer < layers; layer++) {
    const block = `blk.${layer}.`;
    tensors.push(
      vector(`${block}attn_norm.weight`, hidden),
      matrix(`${block}attn_q.weight`, hidden, heads * headDim),
      matrix(`${block}attn_k.weight`, hidden, kvHeads * headDim),
      matrix(`${block}attn_v.weight`, hidden, kvHeads * headDim),
      vector(`${block}attn_q_norm.weight`, headDim),
      vector(`${block}attn_k_norm.weight`, headDim),
      matrix(`${block}attn_output.weight`, heads * headDim, hidden),
      vector(`${block}ffn_norm.weight`, hidden),
      { name: `${block}ffn_gate_inp.weight`, type: 'F32', dims: [hidden, experts] },
      matrix(`${block}ffn_gate_exps.weight`, hidden, expertWidth, experts),
      matrix(`${block}ffn_up_exps.weight`, hidden, expertWidth, experts),
      matrix(`${block}ffn_down_exps.weight`, expertWidth, hidden, experts),
    );
  }
  return [...tensors, vector('output_norm.weight', hidden)];
}

export const tinyGguf = (): Uint8Array => writeGguf({ metadata: tinyMetadata(), tensors: tinyTensors() });
