import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ThoughtClock } from '../../renderer/state/thoughtClock.ts';

describe('the clock of a thought', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** What it says after each of these pieces has arrived, one a second. */
  function seen(clock: ThoughtClock, said: string, ...pieces: string[]): (number | null)[] {
    clock.start();
    return pieces.map((piece) => {
      vi.advanceTimersByTime(1000);
      said += piece;
      clock.see(said);
      return clock.milliseconds;
    });
  }

  it('goes until the thought is closed', () => {
    expect(seen(new ThoughtClock(), '', '<th', 'ink>hm', ' hm', '</think>', 'ok', '!')).toEqual([
      1000, 2000, 3000, 4000, 4000, 4000,
    ]);
  });

  it('says nothing of an answer without a thought, or with an empty one', () => {
    expect(seen(new ThoughtClock(), '', '<', '<b>', 'ok')).toEqual([1000, null, null]);
    expect(seen(new ThoughtClock(), '', '<think>\n', '\n</think>', 'ok').at(-1)).toBeNull();
  });

  it('goes on where a thought was cut off, and leaves one that was closed as it is', () => {
    expect(seen(new ThoughtClock('<think>hm', 2500), '<think>hm', ' hm', '</think>')).toEqual([3500, 4500]);
    expect(seen(new ThoughtClock('<think>hm</think>o', 2500), '<think>hm</think>o', 'k')).toEqual([2500]);
    expect(seen(new ThoughtClock('<think>hm</think>o', null), '<think>hm</think>o', 'k')).toEqual([null]);
  });
});
