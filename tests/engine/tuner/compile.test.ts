// Compiling candidates side by side: how many at once, which count as failed, and what stops it.
import { expect, test } from 'vitest';
import type { Dispatch } from '../../../engine/gpu/dispatch.ts';
import type { Pipeline } from '../../../engine/gpu/pipelines.ts';
import { compileAll, compilesAtOnce, type CompileHost } from '../../../engine/tuner/compile.ts';

const dispatches = (count: number) =>
  Array.from({ length: count }, (_, LANES) => ({ kernel: { name: 'k' }, constants: { LANES } }) as unknown as Dispatch);

/** A driver that compiles a pipeline a turn, in any order; errors of `invalid` are reported to the scope, `failing` ones reject. */
function driver({ failing = [], invalid = [] }: { failing?: number[]; invalid?: number[] } = {}) {
  const seen = { begun: 0, running: 0, most: 0 };
  const scopes: (GPUError | null)[] = [];
  const host: CompileHost = {
    device: {
      pushErrorScope: () => void scopes.push(null),
      popErrorScope: () => Promise.resolve(scopes.pop() ?? null),
    },
    pipelines: {
      get: async (_, { LANES }) => {
        seen.begun++;
        seen.most = Math.max(seen.most, ++seen.running);
        if (invalid.includes(LANES)) scopes[scopes.length - 1] = { message: 'no' };
        await new Promise((resolve) => setTimeout(resolve, (LANES * 7) % 3));
        seen.running--;
        if (failing.includes(LANES)) throw new Error('The driver gave up.');
        return {} as Pipeline;
      },
    },
  };
  return { host, seen };
}

test('as many at once as are allowed, and all of them', async () => {
  const { host, seen } = driver();
  expect(await compileAll(dispatches(50), host, () => {})).toEqual(new Array(50).fill(true));
  expect(seen).toEqual({ begun: 50, running: 0, most: compilesAtOnce });
  expect(await compileAll([], host, () => {})).toEqual([]);
});

test('what fails is told of, each for itself', async () => {
  const { host } = driver({ failing: [2], invalid: [5] });
  const compiles = await compileAll(dispatches(40), host, () => {});
  expect(compiles.flatMap((done, i) => (done ? [] : [i]))).toEqual([2, 5]);
});

test('nothing new is begun once it is stopped', async () => {
  const { host, seen } = driver();
  const check = () => {
    if (seen.begun === 20) throw new Error('stopped');
  };
  await expect(compileAll(dispatches(50), host, check)).rejects.toThrow('stopped');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen.begun).toBe(20);
});
