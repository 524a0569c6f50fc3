import { describe, expect, test } from 'vitest';
import {
  betterWithQ8,
  deviceBytes,
  fitInto,
  memoryNeeds,
  shapeOf,
  type ModelShape,
} from '../../../engine/format/memoryNeeds.ts';
import { openCheckpoint } from '../../../engine/format/openCheckpoint.ts';
import { tensorTypes, type TensorType } from '../../../engine/format/tensorTypes.ts';
import { tileBytes } from '../../../engine/gpu/matrixParts.ts';
import { layoutOf, tilesOf } from '../../../engine/gpu/weightLayouts.ts';
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
