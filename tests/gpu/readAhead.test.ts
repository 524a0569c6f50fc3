// A conversation that is read before its answer is asked for, in pieces as it is typed: the answer is that of one read in one go.
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../engine/engine.ts';
import { neutralSampling } from '../../engine/generate/sampling.ts';
import { nodeFiles } from '../../engine/host/nodeFiles.ts';
import { testGpu } from '../support/gpu.ts';

const golden = path.join(import.meta.dirname, '../fixtures/goldens/moe');
const engine = new Engine({ gpu: testGpu() });
const prompt = Array.from({ length: 20 }, (_, i) => 3 + ((i * 7) % 40));

beforeAll(async () => {
  await engine.load(await nodeFiles(golden), { backend: 'gpu', contextLength: 64 });
});
afterAll(() => engine.unload());

async function answer(): Promise<{ ids: number[]; reused: number }> {
  const sampling = { ...neutralSampling, mode: 'greedy' as const, maxTokens: 6 };
  const answered = { ids: [] as number[], reused: 0 };
  for await (const event of engine.answer({ prompt: { tokens: prompt }, sampling, alternatives: 0 })) {
    if (event.kind === 'token') answered.ids.push(event.token.id);
    else answered.reused = event.reusedTokens;
  }
  return answered;
}

test('in pieces, with a tail that was typed anew', async () => {
  const { ids } = await answer();
  engine.session.cachedTokens = [];
  const read = (tokens: number[]) => engine.readAhead({ prompt: { tokens } });
  expect(await read(prompt.slice(0, 5))).toEqual({ promptTokens: 5, reusedTokens: 0 });
  expect(await read([...prompt.slice(0, 12), 1, 2, 1])).toEqual({ promptTokens: 15, reusedTokens: 5 });
  expect(await read(prompt)).toEqual({ promptTokens: 20, reusedTokens: 12 });
  expect(await answer()).toEqual({ ids, reused: 19 });
});
