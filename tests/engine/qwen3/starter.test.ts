import { expect, test } from 'vitest';
import { CpuBackend } from '../../../engine/cpu/cpuBackend.ts';
import { prefill } from '../../../engine/generate/prefill.ts';
import { checkStarter, openSession, starterFile } from '../../support/modelChecks.ts';

test('the starter gives the logits and greedy tokens of its goldens on the CPU', async () => {
  await checkStarter(new CpuBackend(), 1e-3);
  expect.hasAssertions();
});

test.each([
  ['f16', 1e-3],
  ['q8', 2e-2],
] as const)('with a cache of %s its logits stay within %f, and its greedy tokens the same', async (kv, tolerance) => {
  await checkStarter(new CpuBackend({ kv }), tolerance);
  expect.hasAssertions();
});

test('what a cache of q8 holds of a prompt is good for the next one that begins alike', async () => {
  const open = () => openSession(starterFile, new CpuBackend({ kv: 'q8' }), 512);
  const [first, second] = [await open(), await open()];
  const tokens = Array.from({ length: 70 }, (_, i) => (i * 37 + 5) % 1000);
  await prefill(first, [...tokens.slice(0, 45), 7, 8, 9], 0, first.model.score);
  await prefill(first, tokens, 45, first.model.score);
  await prefill(second, tokens, 0, second.model.score);
  expect(await first.backend.read(first.model.logits, 1)).toEqual(await second.backend.read(second.model.logits, 1));
});
