// The steps that a load ends with: on hardware only, within the context, and without a word about what goes wrong.
import { expect, test } from 'vitest';
import type { Session } from '../../../engine/generate/session.ts';
import { warmUp } from '../../../engine/generate/warmUp.ts';

function session(software: boolean, contextLength = 1000, failure?: Error) {
  const steps: number[] = [];
  let expected = 0;
  const backend = {
    info: { kind: 'webgpu', software },
    maxTokens: 64,
    configureSampler: () => {},
    setTokens: () => {},
    run: (_program: unknown, tokens: number) => {
      steps.push(tokens);
      expected++;
    },
    sampled: () => {
      expected--;
      return failure ? Promise.reject(failure) : Promise.resolve({});
    },
  };
  const model = { config: { vocabularySize: 100 }, contextLength, sampler: {}, step: {} };
  return { session: { backend, model, cachedTokens: [] } as unknown as Session, steps, waiting: () => expected };
}

test('a prompt and a token, some times, each with its result', async () => {
  const { session: loaded, steps, waiting } = session(false);
  await warmUp(loaded);
  expect(steps).toEqual([30, 1, 30, 1, 30, 1, 30, 1]);
  expect(waiting()).toBe(0);
  expect(loaded.cachedTokens).toEqual([]);
});

test('no more than the context holds', async () => {
  const { session: loaded, steps } = session(false, 8);
  await warmUp(loaded);
  expect(Math.max(...steps)).toBe(7);
});

test('nothing on a software adapter', async () => {
  const { session: loaded, steps } = session(true);
  await warmUp(loaded);
  expect(steps).toEqual([]);
});

test('what fails is left to the first answer', async () => {
  await expect(warmUp(session(false, 1000, new Error('NaN')).session)).resolves.toBeUndefined();
});
