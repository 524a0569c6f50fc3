// The GGUF reader: what it reads of a good file, and that each kind of bad file is refused with its own code.
import { describe, expect, it } from 'vitest';
import type { EngineErrorCode } from '../../../engine/errors.ts';
import type { Checkpoint } from '../../../engine/format/checkpoint.ts';
import { openCheckpoint } from '../../../engine/format/openCheckpoint.ts';
import { writeGguf, type GgufInput, type GgufTensorInput, type GgufValue } from '../../support/gguf.ts';
import { memoryFiles, memorySource } from '../../support/memoryFiles.ts';
import { tinyGguf, tinyMetadata, tinySize, tinyTensors } from '../../support/tinyModel.ts';

const open = (bytes: Uint8Array): Promise<Checkpoint> => openCheckpoint(memoryFiles({ 'tiny.gguf': bytes }));

type Change = Partial<Omit<GgufInput, 'metadata'>> & { metadata?: Record<string, GgufValue | undefined> };

/** The tiny model with other metadata (undefined removes a key) or tensors. */
function changed({ metadata = {}, ...rest }: Change): Uint8Array {
  const entries = Object.entries({ ...tinyMetadata(), ...metadata }).filter(([, value]) => value !== undefined);
  return writeGguf({ tensors: tinyTensors(), ...rest, metadata: entries as [string, GgufValue][] });
}

const withTensor = (name: string, change: Partial<GgufTensorInput>): Uint8Array =>
  changed({ tensors: tinyTensors().map((tensor) => (tensor.name === name ? { ...tensor, ...change } : tensor)) });

async function expectRefusal(bytes: Uint8Array, code: EngineErrorCode, words: RegExp): Promise<void> {
  await expect(open(bytes)).rejects.toMatchObject({ name: 'EngineError', code, message: expect.stringMatching(words) });
}

const uint64 = (value: bigint): Uint8Array => new Uint8Array(new BigUint64Array([value]).buffer);

/** A header with the given bytes after magic, version and counts. */
function header(tensorCount: bigint, keyCount: bigint, ...rest: Uint8Array[]): Uint8Array {
  const start = new Uint8Array([71, 71, 85, 70, 3, 0, 0, 0]);
  return Uint8Array.from([start, uint64(tensorCount), uint64(keyCount), ...rest].flatMap((bytes) => [...bytes]));
}

describe('a good file', () => {
  it('gives configuration, tensors, tokenizer and end tokens', async () => {
    const checkpoint = await open(tinyGguf());
    expect(checkpoint.name).toBe('Tiny');
    expect(checkpoint.config).toEqual({
      architecture: 'qwen3moe',
      vocabularySize: tinySize.vocabulary,
      hiddenSize: 64,
      layerCount: 2,
      headCount: 4,
      kvHeadCount: 2,
      headDim: 32,
      normEpsilon: Math.fround(1e-6),
      ropeTheta: 1e6,
      yarn: null,
      contextLength: 128,
      expertCount: 4,
      expertsUsed: 2,
      expertIntermediateSize: 32,
      intermediateSize: 128,
      normalizeExpertWeights: true,
      routedScale: 1,
    });
    expect(checkpoint.tensors.size).toBe(12 * 2 + 2);
    expect(checkpoint.tensors.get('blk.1.ffn_down_exps.weight')).toMatchObject({ type: 'Q8_0', shape: [4, 64, 32] });
    expect(checkpoint.tokenizer?.tokens).toHaveLength(tinySize.vocabulary);
    expect(checkpoint.endTokenIds).toEqual([260, 262, 265]);
    expect(checkpoint.chatTemplate).toBeNull();
    expect(checkpoint.quantization).toBe('Q8_0');
  });

  it('is the same as version 2 and with another alignment', async () => {
    const expected = await open(tinyGguf());
    for (const bytes of [
      changed({ version: 2 }),
      changed({ alignment: 256, metadata: { 'general.alignment': 256 } }),
    ]) {
      const { config, byteLength } = await open(bytes);
      expect({ config, byteLength }).toEqual({ config: expected.config, byteLength: expected.byteLength });
    }
  });

  it('is read where its tensors are', async () => {
    const data = Float32Array.from({ length: 64 }, (_, index) => index);
    const tensor = (await open(withTensor('output_norm.weight', { data }))).tensors.get('output_norm.weight')!;
    const { source, offset, byteLength } = tensor.parts[0];
    expect(new Float32Array((await source.read(offset, byteLength)).buffer)).toEqual(data);
  });

  it('is read no further than its header needs, in few reads', async () => {
    const bytes = changed({ metadata: { 'general.description': 'x'.repeat(9 * 2 ** 20) } });
    const large = new Uint8Array(40 * 2 ** 20);
    large.set(bytes);
    const source = memorySource('large.gguf', large);
    await openCheckpoint({ names: ['large.gguf'], open: () => source });
    expect(source.bytesRead).toBe(16 * 2 ** 20);
  });

  it('may say how experts are weighted, what YaRN does and how to sample', async () => {
    const { config, recommendedSampling } = await open(
      changed({
        metadata: {
          'qwen3moe.expert_weights_scale': 2.5,
          'qwen3moe.expert_weights_norm': false,
          'qwen3moe.rope.scaling.type': 'yarn',
          'qwen3moe.rope.scaling.factor': 4,
          'qwen3moe.rope.scaling.original_context_length': 32768,
          'general.sampling.temp': 0.6,
          'general.sampling.top_k': 20,
          'general.sampling.top_p': 95,
        },
      }),
    );
    expect(config).toMatchObject({ routedScale: 2.5, normalizeExpertWeights: false });
    expect(config.yarn).toEqual({
      factor: 4,
      originalContext: 32768,
      betaFast: 32,
      betaSlow: 1,
      attentionFactor: null,
    });
    expect(recommendedSampling).toEqual({ temperature: 0.6, topK: 20 });
  });

  it('takes an unset routed scale as one and a YaRN attention factor as a factor of the usual one', async () => {
    const { config } = await open(
      changed({
        metadata: {
          'qwen3moe.expert_weights_scale': 0,
          'qwen3moe.rope.scaling.type': 'yarn',
          'qwen3moe.rope.scaling.factor': 4,
          'qwen3moe.rope.scaling.original_context_length': 64,
          'qwen3moe.rope.scaling.attn_factor': 0.5,
        },
      }),
    );
    expect(config.routedScale).toBe(1);
    expect(config.yarn?.attentionFactor).toBeCloseTo(0.5 * 1.138629436, 9);
  });

  it('may mix dense and sparse layers', async () => {
    const dense = ['gate', 'up', 'down'].map((name): GgufTensorInput => {
      const dims = name === 'down' ? [128, 64] : [64, 128];
      return { name: `blk.0.ffn_${name}.weight`, type: 'Q8_0', dims };
    });
    const others = tinyTensors().filter(({ name }) => !/^blk\.0\.ffn_.*(exps|inp)/.test(name));
    expect((await open(changed({ tensors: [...others, ...dense] }))).tensors.size).toBe(25);
  });
});

describe('a bad container', () => {
  it('is refused by magic and version', async () => {
    await expectRefusal(changed({ magic: 'GGML' }), 'not-a-model', /does not start with "GGUF"/);
    await expectRefusal(new Uint8Array(0), 'not-a-model', /does not start/);
    await expectRefusal(changed({ version: 1 }), 'unsupported-version', /version 1/);
    await expectRefusal(changed({ version: 4 }), 'unsupported-version', /version 4/);
    await expectRefusal(changed({ version: 0x03000000 }), 'unsupported-version', /big-endian/);
  });

  it('is refused where it ends too early, wherever that is', async () => {
    const bytes = tinyGguf();
    await expectRefusal(bytes.subarray(0, 6), 'truncated', /middle of its header/);
    await expectRefusal(bytes.subarray(0, 3000), 'truncated', /middle of its header/);
    await expectRefusal(bytes.subarray(0, bytes.length - 64), 'truncated', /output_norm\.weight/);
  });

  it('may not announce more than a file can hold', async () => {
    const key = [uint64(1n), new Uint8Array([107])];
    const text = new Uint8Array([8, 0, 0, 0]);
    const list = new Uint8Array([9, 0, 0, 0]);
    await expectRefusal(header(0n, 2n ** 40n), 'bad-metadata', /announces/);
    await expectRefusal(header(2n ** 40n, 0n), 'bad-metadata', /announces/);
    await expectRefusal(header(0n, 2n ** 60n), 'bad-metadata', /impossibly large/);
    await expectRefusal(header(0n, 1n, uint64(2n ** 40n)), 'bad-metadata', /key .* bytes long/);
    await expectRefusal(header(0n, 1n, ...key, text, uint64(2n ** 33n)), 'bad-metadata', /bytes long/);
    await expectRefusal(header(0n, 1n, ...key, text, uint64(4096n)), 'truncated', /middle of its header/);
    await expectRefusal(header(0n, 1n, ...key, list, text, uint64(2n ** 30n)), 'bad-metadata', /more than any model/);
    await expectRefusal(header(0n, 1n, ...key, list, text, uint64(2n ** 20n)), 'truncated', /middle of its header/);
    await expectRefusal(header(0n, 1n, ...key, list, list, uint64(1n)), 'bad-metadata', /unknown type 9/);
    await expectRefusal(header(0n, 1n, ...key, new Uint8Array([13, 0, 0, 0])), 'bad-metadata', /unknown value type 13/);
  });

  it('may have no key and no tensor twice', async () => {
    const twice = [...Object.entries(tinyMetadata()), ['general.name', 'Again'] as [string, GgufValue]];
    await expectRefusal(writeGguf({ metadata: twice, tensors: tinyTensors() }), 'bad-metadata', /twice/);
    await expectRefusal(changed({ tensors: [...tinyTensors(), tinyTensors()[1]] }), 'bad-tensors', /twice/);
  });

  it('must be aligned by a power of two', async () => {
    for (const alignment of [0, 24, 'x'])
      await expectRefusal(changed({ metadata: { 'general.alignment': alignment } }), 'bad-metadata', /power of two/);
  });
});

describe('bad tensors', () => {
  it('are refused by type, width, place and overlap', async () => {
    const name = 'blk.0.attn_q.weight';
    await expectRefusal(withTensor(name, { typeId: 16 }), 'unsupported-type', /attn_q.*IQ2_XXS/);
    await expectRefusal(withTensor(name, { typeId: 99 }), 'unsupported-type', /number 99/);
    await expectRefusal(withTensor(name, { dims: [48, 171] }), 'bad-tensors', /no whole number of Q8_0 blocks/);
    await expectRefusal(withTensor(name, { offset: 33 }), 'bad-tensors', /multiple of 32/);
    await expectRefusal(withTensor(name, { offset: 2 ** 40 }), 'truncated', /incomplete/);
    await expectRefusal(withTensor(name, { offset: 64 }), 'bad-tensors', /overlap/);
    await expectRefusal(withTensor(name, { dims: [64, 0] }), 'bad-tensors', /impossible size/);
    await expectRefusal(withTensor(name, { dims: [64, 2, 2, 2, 2] }), 'bad-tensors', /5 dimensions/);
    await expectRefusal(withTensor(name, { name: 'n'.repeat(64) }), 'bad-metadata', /tensor name .* 64 bytes/);
  });

  it('are refused by shape, and when missing or unknown', async () => {
    const name = 'blk.1.attn_k.weight';
    const without = tinyTensors().filter((tensor) => tensor.name !== name);
    const and = (extra: string): Uint8Array =>
      changed({ tensors: [...tinyTensors(), { name: extra, type: 'F32', dims: [64] }] });
    await expectRefusal(changed({ tensors: without }), 'bad-tensors', /lacks the tensor blk\.1\.attn_k\.weight/);
    await expectRefusal(withTensor(name, { dims: [64, 128] }), 'bad-tensors', /128 × 64; this model needs 64 × 64/);
    await expectRefusal(and('blk.0.attn_qkv.weight'), 'bad-tensors', /fused query/);
    await expectRefusal(and('blk.0.attn_q.scale'), 'bad-tensors', /separate scales/);
    await expectRefusal(and('blk.0.attn_q.bias'), 'bad-tensors', /no biases/);
    await expectRefusal(and('blk.2.attn_norm.weight'), 'bad-tensors', /does not have/);
  });
});

describe('bad metadata', () => {
  const refused: [string, GgufValue | undefined, EngineErrorCode, RegExp][] = [
    ['general.architecture', 'llama', 'unsupported-architecture', /"llama"/],
    ['general.architecture', undefined, 'bad-metadata', /does not say "general.architecture"/],
    ['general.architecture', 7, 'bad-metadata', /must be a text/],
    ['qwen3moe.block_count', 'two', 'bad-metadata', /must be a whole number/],
    ['qwen3moe.embedding_length', 0, 'bad-metadata', /1 or more/],
    ['qwen3moe.attention.layer_norm_rms_epsilon', NaN, 'bad-metadata', /must be a number/],
    ['qwen3moe.attention.head_count_kv', 3, 'bad-metadata', /no multiple/],
    ['qwen3moe.attention.value_length', 64, 'bad-metadata', /width of a head/],
    ['qwen3moe.rope.dimension_count', 16, 'bad-metadata', /width of a head/],
    ['qwen3moe.expert_used_count', 5, 'bad-metadata', /more experts than it has/],
    ['qwen3moe.expert_gating_func', 2, 'unsupported-architecture', /another way/],
    ['qwen3moe.expert_shared_feed_forward_length', 64, 'unsupported-architecture', /shared experts/],
    ['qwen3moe.rope.scaling.type', 'longrope', 'bad-metadata', /"longrope"/],
    ['tokenizer.ggml.model', 'llama', 'bad-tokenizer', /not the one of Qwen3/],
    ['tokenizer.ggml.tokens', ['a'], 'bad-tokenizer', /1 tokens/],
    ['tokenizer.ggml.token_type', [1], 'bad-tokenizer', /every token a type/],
    ['tokenizer.ggml.token_type', [1.5], 'bad-metadata', /list of whole numbers/],
    ['tokenizer.ggml.eos_token_id', 272, 'bad-metadata', /outside the vocabulary/],
  ];
  for (const [key, value, code, words] of refused)
    it(`is refused: ${key} = ${JSON.stringify(value)}`, () =>
      expectRefusal(changed({ metadata: { [key]: value } }), code, words));
});

describe('a split file', () => {
  const split = (position: number, count: number, tensors: GgufTensorInput[], total: number): Uint8Array => {
    const keys = { 'split.no': position, 'split.count': count, 'split.tensors.count': total };
    return position === 0
      ? changed({ metadata: keys, tensors })
      : writeGguf({ metadata: { 'general.architecture': 'qwen3moe', ...keys }, tensors });
  };
  const tensors = tinyTensors();
  const first = split(0, 3, [], tensors.length);
  const second = split(1, 3, tensors.slice(0, 10), tensors.length);
  const third = split(2, 3, tensors.slice(10), tensors.length);

  it('is one model, in whatever order its parts come', async () => {
    const files = memoryFiles({ 'a-00003-of-00003.gguf': third, 'a-00001-of-00003.gguf': first, 'b.gguf': second });
    const checkpoint = await openCheckpoint(files);
    expect(checkpoint.tensors.size).toBe(tensors.length);
    expect(checkpoint.tensors.get('output_norm.weight')?.parts[0]?.source.name).toBe('a-00003-of-00003.gguf');
  });

  it('is refused when parts are missing, foreign or not all they should be', async () => {
    const expectPartsRefused = (parts: Uint8Array[], code: EngineErrorCode, words: RegExp) => {
      const contents = Object.fromEntries(parts.map((part, index) => [`${index}.gguf`, part]));
      const message = expect.stringMatching(words);
      return expect(openCheckpoint(memoryFiles(contents))).rejects.toMatchObject({ code, message });
    };
    await expectPartsRefused([first, third], 'truncated', /part 2 is missing/);
    await expectPartsRefused([second], 'truncated', /part 1 is missing/);
    await expectPartsRefused([tinyGguf(), second], 'bad-metadata', /not the parts of one model/);
    await expectPartsRefused([tinyGguf(), tinyGguf()], 'bad-metadata', /not the parts of one model/);
    const short = split(2, 3, tensors.slice(11), tensors.length);
    await expectPartsRefused([first, second, short], 'bad-tensors', /hold 25 tensors; it has 26/);
    const overlapping = split(2, 3, tensors.slice(9), tensors.length + 1);
    const firstOfMore = split(0, 3, [], tensors.length + 1);
    await expectPartsRefused([firstOfMore, second, overlapping], 'bad-tensors', /Two parts/);
  });
});
