// Models whose files read well and whose numbers or size do not do: coded, and nothing stays loaded.
import { describe, expect, test } from 'vitest';
import { Engine } from '../../engine/engine.ts';
import type { EngineError } from '../../engine/errors.ts';
import type { ModelFiles } from '../../engine/format/source.ts';
import { neutralSampling } from '../../engine/generate/sampling.ts';
import { writeGguf, type GgufTensorInput } from '../support/gguf.ts';
import { memoryFiles } from '../support/memoryFiles.ts';
import { tinyMetadata, tinySize, tinyTensors } from '../support/tinyModel.ts';

const code = (promise: Promise<unknown>) => promise.then(() => 'none', (error: EngineError) => error.code); // prettier-ignore

/** The tiny model with one tensor's bytes replaced. */
function bent(name: string, data: Uint8Array | Float32Array): ModelFiles {
  const tensors = tinyTensors().map((tensor) => (tensor.name === name ? { ...tensor, data } : tensor));
  return memoryFiles({ 'model.gguf': writeGguf({ metadata: tinyMetadata(), tensors }) });
}

async function answer(engine: Engine): Promise<void> {
  const sampling = { ...neutralSampling, maxTokens: 2 };
  for await (const event of engine.answer({ prompt: { tokens: [1, 2, 3] }, sampling, alternatives: 0 })) void event;
}

describe('a damaged model', () => {
  test('NaN in a norm is found while loading', async () => {
    const engine = new Engine({ gpu: null });
    const norm = new Float32Array(tinySize.hidden).fill(1);
    norm[7] = NaN;
    expect(await code(engine.load(bent('blk.0.attn_norm.weight', norm)))).toBe('bad-weights');
    expect(engine.stats().model).toBeNull();
  });

  test('NaN in a matrix is found with the first token, and the engine can go on', async () => {
    const engine = new Engine({ gpu: null });
    const { hidden, vocabulary } = tinySize;
    // f16 NaN as the scale of every Q8_0 block.
    const blocks = new Uint8Array(((hidden * vocabulary) / 32) * 34);
    for (let at = 0; at < blocks.length; at += 34) blocks.set([0x00, 0x7e], at);
    await engine.load(bent('token_embd.weight', blocks));
    expect(await code(answer(engine))).toBe('bad-weights');
    await engine.load(memoryFiles({ 'model.gguf': writeGguf({ metadata: tinyMetadata(), tensors: tinyTensors() }) }));
    expect(await code(answer(engine))).toBe('none');
  });

  test('a file over 1 GB is refused without a GPU, before its weights are read', async () => {
    // Experts so wide that their tensors take more than 1 GB; only the header is there, the rest of the file reads as zeros.
    const expertWidth = 2 ** 20;
    const wide = tinyTensors().map(({ name, dims, type }) => {
      const size = (length: number) =>
        name.includes('_exps') && length === tinySize.expertWidth ? expertWidth : length;
      return { name, type, dims: dims.map(size) };
    });
    const metadata = { ...tinyMetadata(), 'qwen3moe.expert_feed_forward_length': expertWidth };
    const header = writeGguf({ metadata, tensors: spread(wide) });
    const read = (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      bytes.set(header.subarray(offset, offset + length));
      return Promise.resolve(bytes);
    };
    const files: ModelFiles = {
      names: ['model.gguf'],
      open: (name) => ({ name, byteLength: 64 * 2 ** 30, read }),
    };
    expect(await code(new Engine({ gpu: null }).load(files))).toBe('too-large-for-cpu');
  });
});

/** Offsets as if every tensor's bytes were there. */
function spread(tensors: GgufTensorInput[]): GgufTensorInput[] {
  let offset = 0;
  return tensors.map((tensor) => {
    const placed = { ...tensor, offset, data: new Uint8Array(0) };
    offset += tensor.dims.reduce((product, size) => product * size, 4);
    return placed;
  });
}
