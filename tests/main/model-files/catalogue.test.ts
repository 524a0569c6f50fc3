import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import {
  catalogueSchema,
  downloadableModels,
  embeddedModels,
  findVariant,
  readCatalogue,
  variantId,
} from '../../../main/model-files/catalogue.ts';
import { estimateModel } from '../../../main/model-files/estimatedShape.ts';

const catalogue = readCatalogue();

test('the catalogue fits its schema and says what the starter is', () => {
  const [starter] = embeddedModels(catalogue);
  expect(starter).toMatchObject({ id: 'starter-v0', name: 'Starter', files: [{ name: 'starter-v0.q4_k_m.gguf' }] });
});

test('every variant is found by an id of its own', () => {
  const ids = downloadableModels(catalogue).flatMap((model) => model.variants.map((entry) => variantId(model, entry)));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(findVariant(catalogue, id)).toBeDefined();
  expect(findVariant(catalogue, 'Qwen3-4B')?.variant.quantization).toBe('Q4_K_M');
  expect(findVariant(catalogue, 'qwen3-4b-q8_0')?.variant.quantization).toBe('Q8_0');
  expect(findVariant(catalogue, 'qwen3-5b')).toBeUndefined();
});

test.each([
  ['a path as a file name', { name: '../x.gguf' }],
  ['a path as a repository', { repository: '../../etc' }],
  ['an invented hash', { sha256: 'unknown' }],
])('%s is refused', (_, change) => {
  const copy = structuredClone(catalogue);
  const model = downloadableModels(copy)[0];
  model.variants[0] = { ...model.variants[0], ...change };
  expect(v.safeParse(catalogueSchema, copy).success).toBe(false);
});

describe('estimated sizes are those of the published files', () => {
  // Bytes of all tensors: spec 1.7.
  test.each([
    ['qwen3-0.6b', 'Q8_0', 633_495_552],
    ['qwen3-0.6b', 'Q4_K_M', 390_753_280],
    ['qwen3-4b', 'Q4_K_M', 2_491_323_904],
    ['qwen3-8b', 'Q4_K_M', 5_021_827_072],
    ['qwen3-14b', 'Q8_0', 15_692_574_720],
    ['qwen3-32b', 'Q4_K_M', 19_756_174_336],
    ['qwen3-30b-a3b', 'Q4_K_M', 18_550_716_416],
    ['qwen3-30b-a3b', 'Q8_0', 32_477_962_240],
    ['qwen3-235b-a22b', 'Q4_K_M', 142_148_069_376],
  ])('%s %s', (id, quantization, bytes) => {
    const { model } = findVariant(catalogue, id)!;
    expect(estimateModel(model, quantization)?.tensorBytes).toBe(bytes);
  });

  test('a file is at most its tensors and some megabytes', () => {
    for (const model of downloadableModels(catalogue))
      for (const { byteLength, quantization } of model.variants) {
        if (byteLength === undefined) continue;
        const { tensorBytes } = estimateModel(model, quantization)!;
        expect(byteLength - tensorBytes).toBeGreaterThan(0);
        expect(byteLength - tensorBytes).toBeLessThan(7_000_000);
      }
  });
});
