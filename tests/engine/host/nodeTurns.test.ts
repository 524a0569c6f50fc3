// Turns of Node's event loop while Dawn looks for events: fewer of them, and nothing else is different.
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { calmTurns } from '../../../engine/host/nodeTurns.ts';

const original = globalThis.setImmediate;
calmTurns();

test('tasks run in their order, with what they are given', async () => {
  const ran: number[] = [];
  const took = await new Promise((resolve) => {
    setImmediate((n: number) => ran.push(n), 1);
    setImmediate((n: number) => ran.push(n), 2);
    setImmediate((...given: unknown[]) => resolve(given), 'a', 'b');
  });
  expect(ran).toEqual([1, 2]);
  expect(took).toEqual(['a', 'b']);
  expect(await promisify(setImmediate)('a value')).toBe('a value');
});

test('a task can be taken back', async () => {
  let ran = false;
  clearImmediate(setImmediate(() => (ran = true)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ran).toBe(false);
});

test('only what follows an idle turn waits', async () => {
  const wait = vi.spyOn(Atomics, 'wait');
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  try {
    for (let i = 0; i < 1000; i++) await turn();
    expect(wait).toHaveBeenCalled();
    wait.mockClear();
    for (let i = 0; i < 20; i++) {
      for (const started = performance.now(); performance.now() - started < 1;);
      await turn();
    }
    expect(wait).not.toHaveBeenCalled();
  } finally {
    wait.mockRestore();
  }
});

test('asked for twice, it is there once', () => {
  const calm = globalThis.setImmediate;
  calmTurns();
  expect(globalThis.setImmediate).toBe(calm);
  expect(calm).not.toBe(original);
});
