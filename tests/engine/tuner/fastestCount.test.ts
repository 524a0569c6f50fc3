// The search for the number of workgroups: the fastest of those that run together, and no longer than it may take.
import { expect, test } from 'vitest';
import { workgroupCounts } from '../../../engine/gpu/resident/grids.ts';
import { fastestCount } from '../../../engine/gpu/resident/search.ts';

/** A device on which so many run at the same time, and fewer are slower. */
async function search(together: number, tries = Infinity) {
  const tried: number[] = [];
  const time = (count: number) => {
    tried.push(count);
    return Promise.resolve(count > together ? null : 1000 / count);
  };
  const best = await fastestCount(workgroupCounts, time, () => tried.length < tries);
  return { best: best?.count ?? null, tried };
}

test.each([
  ['all of them run', 200, 170],
  ['some run', 132, 132],
  ['few run', 70, 64],
  ['none runs', 8, null],
])('%s', async (_, together, best) => {
  expect((await search(together)).best).toBe(best);
});

test('no more than those that gave up', async () => {
  expect((await search(100)).tried).toEqual([132, 114, 96, 80, 64, 48, 32]);
});

test('the usual one is tried even where there is no time', async () => {
  expect(await search(200, 0)).toEqual({ best: 132, tried: [132] });
});
