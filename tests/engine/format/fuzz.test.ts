// Whatever bytes a model file has, opening it ends, and ends in a checkpoint or a coded error.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { openCheckpoint } from '../../../engine/format/openCheckpoint.ts';
import { folderFiles } from '../../support/folderFiles.ts';
import { memoryFiles } from '../../support/memoryFiles.ts';
import { tinyGguf } from '../../support/tinyModel.ts';

async function expectCoded(contents: Record<string, Uint8Array | string>): Promise<void> {
  try {
    await openCheckpoint(memoryFiles(contents));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    expect(error.code).not.toBe('internal');
  }
}

describe('openCheckpoint', () => {
  const gguf = tinyGguf();
  const headerLength = 8192;
  const mutation = fc.record({
    at: fc.nat(headerLength),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constantFrom([255, 255, 255, 255], [0, 0, 0, 0, 0, 0, 0, 0], [255, 255, 255, 255, 255, 255, 31, 0]),
    ),
  });

  it('survives mutated and cut GGUF headers', async () => {
    const property = fc.asyncProperty(
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(gguf.length)),
      async (mutations, cut) => {
        const bytes = gguf.slice(0, cut ?? gguf.length);
        for (const { at, bytes: changed } of mutations) if (at + changed.length <= bytes.length) bytes.set(changed, at);
        await expectCoded({ 'fuzz.gguf': bytes });
      },
    );
    await fc.assert(property, { numRuns: 1500, seed: 1 });
  });

  it('survives mutated Hugging Face folders', async () => {
    const files = folderFiles(new URL('../../fixtures/goldens/moe-mixed', import.meta.url).pathname);
    const read = async (name: string) => files.open(name).read(0, files.open(name).byteLength);
    const config: Record<string, unknown> = JSON.parse(new TextDecoder().decode(await read('config.json')));
    const model = await read('model.safetensors');
    const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.double(), fc.constantFrom(0, -1, 2 ** 31, 1e300));
    const property = fc.asyncProperty(
      fc.constantFrom(...Object.keys(config)),
      fc.option(value),
      fc.option(mutation),
      async (key, changed, change) => {
        const bytes = change ? model.slice() : model;
        if (change) bytes.set(change.bytes, change.at);
        const changedConfig = JSON.stringify({ ...config, [key]: changed ?? config[key] });
        await expectCoded({ 'config.json': changedConfig, 'model.safetensors': bytes });
      },
    );
    await fc.assert(property, { numRuns: 500, seed: 1 });
  });
});
