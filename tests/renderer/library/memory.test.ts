// Whether a model fits, in numbers and in words.
/// <reference types="svelte" />
import { describe, expect, it } from 'vitest';
import { fitInto, usualKv, type MemoryNeeds } from '../../../engine/protocol.ts';
import { describeFit } from '../../../renderer/library/fitWords.ts';
import { start } from '../../support/chatState.ts';
import { FakeBridge, fakeModel } from '../../support/fakeBridge.ts';
import { fakeCatalogue } from '../../support/fakeLibrary.ts';

const variantOf = (id: string) =>
  fakeCatalogue(() => false)
    .flatMap(({ variants }) => variants)
    .find((variant) => variant.id === id)!;
const large = variantOf('qwen3-30b-a3b-q4_k_m');
const small = variantOf('qwen3-0.6b-q8_0');

async function started(modelId = fakeModel.id) {
  const bridge = new FakeBridge();
  bridge.models = [{ ...fakeModel, id: modelId }];
  const { app } = await start(bridge);
  await app.model.ensureLoaded();
  return app;
}

describe('on a GPU', () => {
  it('assumes a size until the user says one, and then goes by that', async () => {
    const app = await started();
    expect(app.memory.said).toBeNull();
    expect(app.memory.fit(large.shape, large.byteLength)).toMatchObject({ verdict: 'does-not-fit', budgetBytes: 8e9 });
    expect(describeFit(app.memory.fit(large.shape, large.byteLength))).toMatchObject({
      verdict: 'May not fit',
      numbers: '19.5 GB of an assumed 8.0 GB with 8,192 tokens',
    });
    await app.settings.set({ graphicsMemory: 24e9 });
    expect(app.memory.fit(large.shape, large.byteLength)).toMatchObject({ verdict: 'fits', budgetBytes: 24e9 });
  });

  it('says with how much context a model fits', async () => {
    const app = await started();
    const shape = large.shape!;
    const least = fitInto(shape, { contextLength: 2048, kv: usualKv }, 0).needs.totalBytes;
    await app.settings.set({ graphicsMemory: least });
    const words = describeFit(app.memory.fit(shape, large.byteLength));
    expect(words).toMatchObject({ tone: 'tight', verdict: 'Fits with 2,048 tokens of context' });
    expect(words.numbers).toContain('with 8,192 tokens');
    expect(words.parts).toMatch(/^weights 1\d\.\d GB, keys and values 805 MB, scratch \d+ MB$/);
  });

  it('offers a cache of 8 bits where it makes more fit, and reckons with it once chosen', async () => {
    const app = await started();
    const shape = large.shape!;
    const budget = fitInto(shape, { contextLength: 8192, kv: 'q8' }, 0).needs.totalBytes;
    await app.settings.set({ graphicsMemory: budget });
    const words = () => describeFit(app.memory.fit(shape, large.byteLength));
    expect(words()).toMatchObject({ tone: 'tight', offer: 'Fits with 8 bits for the memory of a chat' });
    await app.settings.set({ kv: 'q8' });
    expect(words()).toMatchObject({ verdict: 'Fits', offer: '' });
    expect(app.memory.fit(shape, large.byteLength)).toMatchObject({ needs: { kv: 'q8' }, withQ8: null });
    await app.settings.set({ kv: 'f16', contextLength: 32_768 });
    expect(words().offer).toBe('8,192 tokens fit with 8 bits for the memory of a chat');
  });

  it('reckons with the steps that the adapter takes, as the engine then holds', async () => {
    const app = await started();
    const scratch = () => app.memory.fit(large.shape, large.byteLength) as { needs: { scratchBytes: number } };
    const before = scratch().needs.scratchBytes;
    app.memory.stepTokens = 2048;
    const options = { contextLength: 8192, kv: usualKv, maxTokens: 2048 };
    expect(scratch().needs.scratchBytes).toBe(fitInto(large.shape!, options, 0).needs.scratchBytes);
    expect(scratch().needs.scratchBytes).toBeGreaterThan(1.5 * before);
  });

  it('reckons with the context of the model where it has one of its own', async () => {
    const app = await started();
    await app.settings.set({ contextLength: 4096 });
    await app.settings.setContextOf('one', 16_384);
    const contextOf = (id: string) => app.memory.fit(small.shape, small.byteLength, id) as { needs: MemoryNeeds };
    expect(contextOf('one').needs.contextLength).toBe(16_384);
    expect(contextOf('other').needs.contextLength).toBe(4096);
    await app.settings.setContextOf('one', null);
    expect(app.settings.value.modelContexts).toEqual({});
  });

  it('reckons with the context that the user has set, and never with more than the model has', async () => {
    const app = await started();
    expect(app.memory.wantedContext({ contextLength: 2048 })).toBe(2048);
    await app.settings.set({ contextLength: 32_768 });
    expect(app.memory.fit(small.shape, small.byteLength)).toMatchObject({ needs: { contextLength: 32_768 } });
  });

  it('knows nothing of a model without a shape', async () => {
    const app = await started();
    expect(describeFit(app.memory.fit(null, 1e9)).tone).toBe('unknown');
  });
});

describe('on the processor', () => {
  it('goes by the size of the file', async () => {
    const app = await started('cpu');
    expect(describeFit(app.memory.fit(small.shape, small.byteLength))).toMatchObject({
      tone: 'good',
      verdict: 'Fits the processor',
    });
    expect(describeFit(app.memory.fit(large.shape, large.byteLength))).toMatchObject({
      tone: 'bad',
      verdict: 'Needs a GPU',
    });
  });
});

describe('weights of floats', () => {
  const floats = variantOf('qwen3-30b-a3b-bf16');
  const id = 'floats';

  it('are reckoned as chosen for the model, and every choice with its numbers', async () => {
    const app = await started();
    await app.settings.set({ graphicsMemory: 24e9 });
    const words = () => describeFit(app.memory.fit(floats.shape, floats.byteLength, id));
    expect(words()).toMatchObject({
      tone: 'bad',
      verdict: 'Does not fit',
      weightsOffer: 'Fits with weights of 4 bits, made while it loads',
    });
    const choices = app.memory.weightChoices(floats.shape!, id);
    expect(choices.map(({ weights, fit }) => [weights, fit?.verdict])).toEqual([
      [null, 'does-not-fit'],
      ['Q8_0', 'does-not-fit'],
      ['Q4_K', 'fits'],
    ]);
    expect(choices[0].fit!.needs.weightBytes / choices[2].fit!.needs.weightBytes).toBeGreaterThan(3.4);
    await app.settings.setWeightsOf(id, 'Q4_K');
    expect(words()).toMatchObject({ verdict: 'Fits', weightsOffer: '' });
    expect(describeFit(app.memory.fit(floats.shape, floats.byteLength, 'other')).verdict).toBe('Does not fit');
    await app.settings.setWeightsOf(id, null);
    expect(app.settings.value.modelWeights).toEqual({});
  });

  it('are offered with the context that they leave room for', async () => {
    const app = await started();
    const least = fitInto(floats.shape!, { contextLength: 4096, kv: usualKv, quantize: 'Q4_K' }, 0).needs.totalBytes;
    await app.settings.set({ graphicsMemory: least });
    expect(describeFit(app.memory.fit(floats.shape, floats.byteLength)).weightsOffer).toBe(
      '4,096 tokens fit with weights of 4 bits, made while it loads',
    );
  });

  it('have no choice where they are quantised already, and no numbers on the processor', async () => {
    const app = await started();
    expect(app.memory.weightChoices(large.shape!, id)).toEqual([]);
    const onProcessor = await started('cpu');
    expect(onProcessor.memory.weightChoices(floats.shape!, id).map(({ fit }) => fit)).toEqual([null, null, null]);
  });
});

describe('after the memory was too small', () => {
  const id = 'one';

  it('offers the context that the reckoning has room for', async () => {
    const app = await started();
    const shape = large.shape!;
    await app.settings.set({
      graphicsMemory: fitInto(shape, { contextLength: 4096, kv: usualKv }, 0).needs.totalBytes,
    });
    expect(app.memory.smallerContext(shape, id)).toBe(4096);
  });

  it('offers half where the reckoning had said that it fits, and nothing below what a chat needs', async () => {
    const app = await started();
    await app.settings.set({ graphicsMemory: 80e9 });
    expect(app.memory.smallerContext(large.shape!, id)).toBe(4096);
    await app.settings.setContextOf(id, 1024);
    expect(app.memory.smallerContext(large.shape!, id)).toBeNull();
  });

  it('offers nothing where the weights alone are too much', async () => {
    const app = await started();
    expect(app.memory.smallerContext(large.shape!, id)).toBeNull();
  });

  it('offers coarser weights where there are any', async () => {
    const app = await started();
    const { shape } = variantOf('qwen3-30b-a3b-bf16');
    await app.settings.set({ graphicsMemory: 80e9 });
    expect(app.memory.smallerWeights(shape!, id)).toBe('Q8_0');
    await app.settings.setWeightsOf(id, 'Q8_0');
    expect(app.memory.smallerWeights(shape!, id)).toBe('Q4_K');
    expect(app.memory.smallerWeights(large.shape!, id)).toBeNull();
  });
});
