// Whether a step is faster with other launches, by a clock that says what it is told.
import { expect, test } from 'vitest';
import type { RecordedDispatch } from '../../../engine/gpu/dispatch.ts';
import { isFaster, type TuneHost } from '../../../engine/tuner/measure.ts';

/** A step of one launch that takes `ms`. */
const launch = (ms: number) =>
  ({ pipeline: ms, bindGroup: null, dispatch: { workgroups: () => [1] } }) as unknown as RecordedDispatch;

function stopwatch(disturbed: readonly number[] = []) {
  const measured: { launches: number; prepared: boolean }[] = [];
  let prepared = false;
  const clock = {
    measure: (encode: (pass: GPUComputePassEncoder) => void): Promise<number> => {
      let [ms, launches, current] = [0, 0, 0];
      const pass = {
        setPipeline: (of: number) => (current = of),
        setBindGroup: () => {},
        dispatchWorkgroups: () => {
          ms += current;
          launches++;
        },
      };
      encode(pass as unknown as GPUComputePassEncoder);
      const disturbance = disturbed.includes(measured.length) ? 100 : 1;
      measured.push({ launches, prepared });
      prepared = false;
      return Promise.resolve(ms * disturbance);
    },
  };
  const host = { clock, prepare: () => (prepared = true) } as unknown as TuneHost;
  return { host, measured };
}

test.each([
  ['faster', 2, 2.1, true],
  ['slower', 2.1, 2, false],
  ['as fast', 2, 2, false],
])('%s', async (_, changed, before, expected) => {
  const { host, measured } = stopwatch();
  expect(await isFaster([launch(changed)], [launch(before)], 1, host)).toBe(expected);
  // The step's state is made anew before each, and each but the first is long enough for a coarse clock.
  expect(measured.every(({ prepared }) => prepared)).toBe(true);
  for (const { launches } of measured.slice(1)) expect(launches * 2.1).toBeGreaterThanOrEqual(10);
});

test('a run that something else has disturbed decides nothing', async () => {
  for (const at of [1, 2, 3, 4]) {
    const { host } = stopwatch([at]);
    expect(await isFaster([launch(2)], [launch(2.1)], 1, host)).toBe(true);
    expect(await isFaster([launch(2.1)], [launch(2)], 1, stopwatch([at]).host)).toBe(false);
  }
});
