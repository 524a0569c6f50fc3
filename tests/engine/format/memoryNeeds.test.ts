import { describe, expect, test } from 'vitest';
import { deviceBytes } from '../../../engine/format/deviceLayout.ts';
import {
  betterQuantized,
  betterWithQ8,
  coarserWeights,
  fitInto,
  memoryNeeds,
  shapeOf,
  type ModelShape,
} from '../../../engine/format/memoryNeeds.ts';
import { openCheckpoint } from '../../../engine/format/openCheckpoint.ts';
import { tensorTypes, type TensorType } from '../../../engine/format/tensorTypes.ts';
import { tileBytes } from '../../../engine/gpu/matrixParts.ts';
import { layoutOf, tilesOf } from '../../../engine/gpu/weightLayouts.ts';
import { folderFiles } from '../../support/folderFiles.ts';
import { memoryFiles } from '../../support/memoryFiles.ts';
import { tinyGguf } from '../../support/tinyModel.ts';

/** Qwen3-30B-A3B in Q4_K_M. */
const shape: ModelShape = {
  layerCount: 48,
  hiddenSize: 2048,
  headCount: 32,
  kvHeadCount: 4,
  headDim: 128,
  intermediateSize: 0,
  expertCount: 128,
  expertsUsed: 8,
  expertIntermediateSize: 768,
  vocabularySize: 151_936,
  contextLength: 40_960,
  weightBytes: 18_550_716_416,
  quantizedBytes: null,
};

test('weights take what the GPU layouts take', () => {
  for (const type of Object.keys(tensorTypes) as TensorType[]) {
    if (type === 'Q2_K' || type === 'IQ4_XS' || type === 'MXFP4') continue;
    const bytes = 3 * tilesOf(40) * tileBytes(layoutOf(type, ''), 320);
    expect([type, deviceBytes({ type, shape: [3, 40, 320] })]).toEqual([type, bytes]);
  }
  expect(deviceBytes({ type: 'F32', shape: [100] })).toBe(400);
});

test('a header is enough', async () => {
  const checkpoint = await openCheckpoint(memoryFiles({ 'tiny.gguf': tinyGguf() }));
  const found = shapeOf(checkpoint);
  expect(found).toMatchObject({ layerCount: 2, intermediateSize: 0, expertCount: 4, contextLength: 128 });
  expect(found.weightBytes).toBeGreaterThan(checkpoint.byteLength);
  expect(found.quantizedBytes).toBeNull();
});

test('of floats it also tells what they take quantised: routers and norms stay, and rows that Q4_K does not divide', async () => {
  const golden = new URL('../../fixtures/goldens/moe', import.meta.url).pathname;
  const { weightBytes, quantizedBytes } = shapeOf(await openCheckpoint(folderFiles(golden)));
  expect(quantizedBytes!.Q8_0 / weightBytes).toBeGreaterThan(34 / 64);
  expect(quantizedBytes!.Q8_0 / weightBytes).toBeLessThan(0.55);
  // Only the outputs of attention have rows of 256 numbers, in two layers.
  expect(quantizedBytes!.Q8_0 - quantizedBytes!.Q4_K).toBe(2 * 128 * (272 - 144));
});

test('the cache takes 98,304 bytes a token in f16, twice that in f32, and little over half in q8', () => {
  const bytes = (kv: 'f16' | 'f32' | 'q8') => memoryNeeds(shape, { contextLength: 1000, kv }).kvBytes;
  expect([bytes('f16'), bytes('f32'), bytes('q8')]).toEqual([98_304_000, 196_608_000, 52_224_000]);
});

describe('what fits', () => {
  const wanted = { contextLength: 40_960, kv: 'f16' } as const;
  const { totalBytes } = memoryNeeds(shape, wanted);

  test('to the byte', () => {
    expect(fitInto(shape, wanted, totalBytes)).toMatchObject({ verdict: 'fits', contextLength: 40_960 });
    expect(fitInto(shape, wanted, totalBytes - 1)).toMatchObject({
      verdict: 'fits-with-less-context',
      contextLength: 40_960 - 256,
    });
  });

  test('the longest context that fits is offered', () => {
    const budget = 20e9;
    const { verdict, contextLength } = fitInto(shape, wanted, budget);
    expect(verdict).toBe('fits-with-less-context');
    expect(memoryNeeds(shape, { ...wanted, contextLength }).totalBytes).toBeLessThanOrEqual(budget);
    expect(memoryNeeds(shape, { ...wanted, contextLength: contextLength + 256 }).totalBytes).toBeGreaterThan(budget);
  });

  test('a smaller cache is offered where it holds more', () => {
    const fit = fitInto(shape, wanted, 20e9);
    expect(betterWithQ8(shape, wanted, fit)?.contextLength).toBeGreaterThan(1.5 * fit.contextLength);
    expect(betterWithQ8(shape, wanted, fitInto(shape, wanted, totalBytes))).toBeNull();
    expect(betterWithQ8(shape, wanted, fitInto(shape, wanted, 18e9))).toBeNull();
    expect(betterWithQ8(shape, { ...wanted, kv: 'q8' }, fit)).toBeNull();
  });

  test('too little for any use does not fit', () => {
    expect(fitInto(shape, wanted, 18e9)).toMatchObject({ verdict: 'does-not-fit', contextLength: 0 });
  });

  test('more context than the model has is not reckoned', () => {
    expect(memoryNeeds(shape, { ...wanted, contextLength: 1e6 }).contextLength).toBe(40_960);
  });
});

describe('weights of floats', () => {
  const floats: ModelShape = { ...shape, weightBytes: 61e9, quantizedBytes: { Q8_0: 32.5e9, Q4_K: 17.5e9 } };
  const wanted = { contextLength: 8192, kv: 'f16' } as const;
  const better = (budget: number, quantize?: 'Q8_0' | 'Q4_K') =>
    betterQuantized(floats, { ...wanted, quantize }, fitInto(floats, { ...wanted, quantize }, budget));

  test('are reckoned as what they become', () => {
    const needs = memoryNeeds(floats, { ...wanted, quantize: 'Q4_K' });
    expect(needs.weightBytes).toBe(17.5e9);
    expect(memoryNeeds(floats, wanted).totalBytes - needs.totalBytes).toBe(61e9 - 17.5e9 - 4 * 2 ** 20);
    expect(memoryNeeds(shape, { ...wanted, quantize: 'Q4_K' }).weightBytes).toBe(shape.weightBytes);
  });

  test('are offered in the finest type that fits', () => {
    expect(better(80e9)).toBeNull();
    expect(better(40e9)).toMatchObject({ quantize: 'Q8_0', fit: { verdict: 'fits' } });
    expect(better(24e9)).toMatchObject({ quantize: 'Q4_K', fit: { verdict: 'fits' } });
    expect(better(24e9, 'Q8_0')).toMatchObject({ quantize: 'Q4_K' });
    expect(better(24e9, 'Q4_K')).toBeNull();
  });

  test('or in the coarsest, where all of them leave less context; never where none fits', () => {
    expect(better(18.2e9)).toMatchObject({ quantize: 'Q4_K', fit: { verdict: 'fits-with-less-context' } });
    expect(better(16e9)).toBeNull();
    expect(betterQuantized(shape, wanted, fitInto(shape, wanted, 18e9))).toBeNull();
  });

  test('are offered coarser than was reckoned to fit, for a memory that others use too', () => {
    expect(coarserWeights(floats, wanted, 80e9)?.quantize).toBe('Q8_0');
    expect(coarserWeights(floats, { ...wanted, quantize: 'Q8_0' }, 80e9)?.quantize).toBe('Q4_K');
    expect(coarserWeights(floats, { ...wanted, quantize: 'Q4_K' }, 80e9)).toBeNull();
  });
});
