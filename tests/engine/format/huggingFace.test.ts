// Hugging Face folders: the forms that transformers 4 and 5 write, and what is refused of each.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EngineErrorCode } from '../../../engine/errors.ts';
import type { Checkpoint } from '../../../engine/format/checkpoint.ts';
import { readHuggingFaceTokenizer } from '../../../engine/format/hugging-face/tokenizerData.ts';
import { openCheckpoint } from '../../../engine/format/openCheckpoint.ts';
import { folderFiles } from '../../support/folderFiles.ts';
import { memoryFiles } from '../../support/memoryFiles.ts';
import { parseSafetensors, writeSafetensors, type StoredTensor } from '../../support/safetensors.ts';

type Json = Record<string, unknown>;

const pathOf = (name: string): string => new URL(`../../fixtures/goldens/${name}`, import.meta.url).pathname;
const readJson = (path: string): Json => JSON.parse(readFileSync(path, 'utf8')) as Json;

const moeConfig = readJson(pathOf('moe/config.json'));
const moeTensors = parseSafetensors(readFileSync(pathOf('moe/model.safetensors')));

interface Folder {
  config?: Json;
  tensors?: Map<string, StoredTensor>;
  files?: Record<string, string | Uint8Array>;
}

/** The golden MoE checkpoint with changes. */
function open({ config = {}, tensors = moeTensors, files = {} }: Folder): Promise<Checkpoint> {
  return openCheckpoint(
    memoryFiles({
      'config.json': JSON.stringify({ ...moeConfig, ...config }),
      'model.safetensors': writeSafetensors(tensors),
      ...files,
    }),
  );
}

const expectRefusal = (folder: Folder, code: EngineErrorCode, words: RegExp): Promise<void> =>
  expect(open(folder)).rejects.toMatchObject({ name: 'EngineError', code, message: expect.stringMatching(words) });

async function bytesOf(checkpoint: Checkpoint, name: string): Promise<Uint8Array> {
  const parts = checkpoint.tensors.get(name)!.parts;
  const read = await Promise.all(parts.map(({ source, offset, byteLength }) => source.read(offset, byteLength)));
  return Uint8Array.from(read.flatMap((bytes) => [...bytes]));
}

function without(name: string): Map<string, StoredTensor> {
  const tensors = new Map(moeTensors);
  tensors.delete(name);
  return tensors;
}

const withTensor = (name: string, tensor: StoredTensor): Map<string, StoredTensor> =>
  new Map([...moeTensors, [name, tensor]]);

/** As transformers 5 holds them in memory: [experts, 2·width, hidden] and [experts, hidden, width]. */
function fuseExperts(): Map<string, StoredTensor> {
  const tensors = new Map([...moeTensors].filter(([name]) => !name.includes('.experts.')));
  for (let layer = 0; layer < 2; layer++) {
    const parts = (...names: string[]): Uint8Array => {
      const order = Array.from({ length: 8 }, (_, expert) =>
        names.map((name) => `${expert}.${name}_proj.weight`),
      ).flat();
      const data = order.map((name) => moeTensors.get(`model.layers.${layer}.mlp.experts.${name}`)!.data);
      return Uint8Array.from(data.flatMap((bytes) => [...bytes]));
    };
    const prefix = `model.layers.${layer}.mlp.experts`;
    tensors.set(`${prefix}.gate_up_proj`, { dtype: 'BF16', shape: [8, 192, 128], data: parts('gate', 'up') });
    tensors.set(`${prefix}.down_proj`, { dtype: 'BF16', shape: [8, 128, 96], data: parts('down') });
  }
  return tensors;
}

describe('a good folder', () => {
  it('is each of the reference checkpoints, the file of goldens beside it left alone', async () => {
    const dense = await openCheckpoint(folderFiles(pathOf('dense')));
    expect(dense.config).toMatchObject({ architecture: 'qwen3', expertCount: 0, headDim: 128, ropeTheta: 1e6 });
    expect(dense.tensors.has('output.weight')).toBe(false);
    const mixed = await openCheckpoint(folderFiles(pathOf('moe-mixed')));
    expect(mixed.config).toMatchObject({ architecture: 'qwen3moe', normalizeExpertWeights: false, kvHeadCount: 1 });
    expect(mixed.tensors.has('blk.0.ffn_gate.weight')).toBe(true);
    expect(mixed.tensors.has('blk.1.ffn_gate_exps.weight')).toBe(true);
    const moe = await openCheckpoint(folderFiles(pathOf('moe')));
    expect(moe.tensors.get('output.weight')?.shape).toEqual([320, 128]);
    expect(moe.endTokenIds).toEqual([2]);
    expect(moe.quantization).toBe('BF16');
    expect(moe.tokenizer).toBeNull();
  });

  it('keeps experts in order, one tensor each or fused', async () => {
    const separate = await open({});
    const fused = await open({ tensors: fuseExperts() });
    for (const name of ['blk.0.ffn_gate_exps.weight', 'blk.1.ffn_up_exps.weight', 'blk.1.ffn_down_exps.weight']) {
      expect(fused.tensors.get(name)?.shape).toEqual(separate.tensors.get(name)?.shape);
      expect(await bytesOf(fused, name)).toEqual(await bytesOf(separate, name));
    }
    const last = moeTensors.get('model.layers.1.mlp.experts.7.up_proj.weight')!.data;
    expect((await bytesOf(separate, 'blk.1.ffn_up_exps.weight')).subarray(-last.length)).toEqual(last);
    expect(fused.byteLength).toBe(separate.byteLength);
  });

  it('may be sharded under an index', async () => {
    const entries = [...moeTensors];
    const shard = (index: number): [string, StoredTensor][] => entries.filter((_, at) => at % 2 === index);
    const nameOf = (index: number): string => `model-0000${index + 1}-of-00002.safetensors`;
    const weightMap = Object.fromEntries(entries.map(([name], at) => [name, nameOf(at % 2)]));
    const files = {
      'config.json': JSON.stringify(moeConfig),
      'model.safetensors.index.json': JSON.stringify({ weight_map: weightMap }),
      [nameOf(0)]: writeSafetensors(shard(0)),
      [nameOf(1)]: writeSafetensors(shard(1)),
    };
    expect((await openCheckpoint(memoryFiles(files))).tensors.size).toBe(27);
    const { [nameOf(1)]: _missing, ...incomplete } = files;
    await expect(openCheckpoint(memoryFiles(incomplete))).rejects.toMatchObject({ code: 'truncated' });
  });

  it('may leave out what has a default, and names what it has', async () => {
    const { head_dim: _headDim, norm_topk_prob: _norm, rope_parameters: _rope, ...config } = moeConfig;
    const files = { 'config.json': JSON.stringify({ ...config, num_attention_heads: 2, num_key_value_heads: 2 }) };
    const shapes: Record<string, number[]> = { q: [128, 128], k: [128, 128], v: [128, 128], o: [128, 128] };
    const tensors = new Map(
      [...moeTensors].map(([name, tensor]): [string, StoredTensor] => {
        const shape = shapes[/self_attn\.([qkvo])_proj/.exec(name)?.[1] ?? ''];
        return [name, shape ? { ...tensor, shape, data: new Uint8Array(2 * 128 * 128) } : tensor];
      }),
    );
    const checkpoint = await open({ tensors, files });
    expect(checkpoint.config).toMatchObject({ headDim: 64, normalizeExpertWeights: false, ropeTheta: 10_000 });
  });

  it('says its RoPE as transformers 4 or 5 do', async () => {
    const yarn = { factor: 4, originalContext: 32768, betaFast: 32, betaSlow: 1, attentionFactor: null };
    const said = { factor: 4, original_max_position_embeddings: 32768 };
    const four = { rope_parameters: null, rope_theta: 5e6, rope_scaling: { type: 'yarn', ...said } };
    expect((await open({ config: four })).config).toMatchObject({ ropeTheta: 5e6, yarn });
    const five = { rope_parameters: { rope_type: 'yarn', rope_theta: 1e7, attention_factor: 1.5, ...said } };
    expect((await open({ config: five })).config).toMatchObject({
      ropeTheta: 1e7,
      yarn: { ...yarn, attentionFactor: 1.5 },
    });
    const plain = { rope_parameters: null, rope_theta: 1e6, rope_scaling: null };
    expect((await open({ config: plain })).config).toMatchObject({ ropeTheta: 1e6, yarn: null });
  });

  it('ties its head where it says so, even with a head in the file', async () => {
    const tied = await open({ config: { tie_word_embeddings: true } });
    expect(tied.tensors.has('output.weight')).toBe(false);
  });

  it('may bring end tokens, sampling and a chat template', async () => {
    const generation = { eos_token_id: [2, 5], temperature: 0.6, top_k: 20, top_p: 0.95, repetition_penalty: -1 };
    const template = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'plain' },
    ];
    const files = {
      'generation_config.json': JSON.stringify(generation),
      'tokenizer_config.json': JSON.stringify({ chat_template: template }),
    };
    const checkpoint = await open({ files });
    expect(checkpoint.endTokenIds).toEqual([2, 5]);
    expect(checkpoint.recommendedSampling).toEqual({ temperature: 0.6, topK: 20, topP: 0.95 });
    expect(checkpoint.chatTemplate).toBe('plain');
    expect((await open({ files: { ...files, 'chat_template.jinja': 'newer' } })).chatTemplate).toBe('newer');
    const greedy = await open({ files: { 'generation_config.json': '{"do_sample": false}' } });
    expect(greedy.recommendedSampling).toEqual({ mode: 'greedy' });
  });
});

describe('a bad folder', () => {
  const expert = 'model.layers.0.mlp.experts.3.up_proj.weight';
  const small: StoredTensor = { dtype: 'BF16', shape: [4], data: new Uint8Array(8) };

  it('is refused by its configuration', async () => {
    const refused: [Json, EngineErrorCode, RegExp][] = [
      [{ model_type: 'llama' }, 'unsupported-architecture', /"llama"/],
      [{ hidden_act: 'gelu' }, 'unsupported-architecture', /SiLU/],
      [{ attention_bias: true }, 'unsupported-architecture', /biases/],
      [{ use_sliding_window: true }, 'unsupported-architecture', /sliding/],
      [{ quantization_config: { bits: 4 } }, 'unsupported-architecture', /GGUF form/],
      [{ hidden_size: null }, 'bad-metadata', /"hidden_size"/],
      [{ num_experts: 5000 }, 'bad-metadata', /more experts/],
      [{ rope_parameters: { rope_type: 'dynamic' } }, 'bad-metadata', /"dynamic"/],
      [{ eos_token_id: 'end' }, 'bad-metadata', /eos_token_id/],
      [{ mlp_only_layers: [1] }, 'bad-tensors', /layer 1 has no experts/],
      [{ decoder_sparse_step: 2 }, 'bad-tensors', /layer 0 has no experts/],
      [{ vocab_size: 321 }, 'bad-tensors', /token_embd/],
    ];
    for (const [config, code, words] of refused) await expectRefusal({ config }, code, words);
  });

  it('is refused by its tensors', async () => {
    await expectRefusal(
      { tensors: without('lm_head.weight'), config: { tie_word_embeddings: false } },
      'bad-tensors',
      /lacks the tensor lm_head\.weight/,
    );
    await expectRefusal({ tensors: without(expert) }, 'bad-tensors', /lacks expert 3/);
    await expectRefusal({ tensors: withTensor(expert, small) }, 'bad-tensors', /differ in type or shape/);
    const ninth = withTensor('model.layers.0.mlp.experts.8.up_proj.weight', small);
    await expectRefusal({ tensors: ninth }, 'bad-tensors', /expert too many/);
    const bias = withTensor('model.layers.0.self_attn.q_proj.bias', small);
    await expectRefusal({ tensors: bias }, 'bad-tensors', /no biases/);
    const bytes = withTensor('model.norm.weight', { dtype: 'F8_E4M3', shape: [128], data: new Uint8Array(128) });
    await expectRefusal({ tensors: bytes }, 'unsupported-type', /F8_E4M3/);
    const short = withTensor('model.norm.weight', { dtype: 'BF16', shape: [128], data: new Uint8Array(128) });
    await expectRefusal({ tensors: short }, 'bad-tensors', /its shape needs 256/);
  });

  it('is refused when its weights are cut off or no safetensors', async () => {
    const whole = writeSafetensors(moeTensors);
    const model = (bytes: Uint8Array): Folder => ({ files: { 'model.safetensors': bytes } });
    await expectRefusal(model(whole.subarray(0, 4)), 'truncated', /header/);
    await expectRefusal(model(whole.subarray(0, 400)), 'truncated', /header/);
    await expectRefusal(model(whole.subarray(0, whole.length - 1)), 'truncated', /incomplete/);
    await expectRefusal(model(new Uint8Array(64).fill(255)), 'not-a-model', /too long/);
    await expectRefusal(model(new Uint8Array(64)), 'not-a-model', /no JSON object/);
  });

  it('is refused when it holds no model', async () => {
    for (const contents of [{}, { 'config.json': '{}' }, { 'a.txt': 'a', 'b.txt': 'b' }])
      await expect(openCheckpoint(memoryFiles(contents))).rejects.toMatchObject({ code: 'not-a-model' });
    await expectRefusal({ files: { 'config.json': '[' } }, 'bad-metadata', /config.json is not a JSON object/);
  });
});

describe('tokenizer.json', () => {
  const path = new URL('../../../models/starter/', import.meta.url).pathname;
  const json = readJson(`${path}hf/tokenizer.json`);

  it('gives what the GGUF file of the same model holds', async () => {
    const { tokenizer } = await openCheckpoint(folderFiles(`${path}starter-v0.q4_k_m.gguf`));
    const read = readHuggingFaceTokenizer(json, 16384);
    expect(read.tokens).toEqual(tokenizer?.tokens);
    expect([...Array.from(read.tokenTypes)]).toEqual([...Array.from(tokenizer!.tokenTypes)]);
    expect(read.merges).toEqual(tokenizer?.merges);
  });

  it('leaves rows beyond the tokenizer unused and refuses tokens beyond the rows', () => {
    const read = readHuggingFaceTokenizer(json, 16400);
    expect(read.tokens[16399]).toBe('[PAD16399]');
    expect(read.tokenTypes[16399]).toBe(5);
    expect(() => readHuggingFaceTokenizer(json, 16000)).toThrow(/outside the model's vocabulary/);
  });

  it('reads merges as pairs, and refuses other models and splits', () => {
    const model = json['model'] as Json & { merges: (string | string[])[] };
    const merges = model.merges.map((merge) => (typeof merge === 'string' ? merge.split(' ') : merge));
    const paired = readHuggingFaceTokenizer({ ...json, model: { ...model, merges } }, 16384);
    expect(paired.merges).toEqual(readHuggingFaceTokenizer(json, 16384).merges);
    for (const change of [{ model: { ...model, type: 'Unigram' } }, { model: {} }, { pre_tokenizer: null }])
      expect(() => readHuggingFaceTokenizer({ ...json, ...change }, 16384)).toThrow(/tokenizer.json/);
  });
});
