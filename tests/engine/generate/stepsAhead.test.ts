// How far steps run ahead of their tokens: the rule alone, and an answer from a back end whose results come when the test says so.
import { describe, expect, test } from 'vitest';
import type { AheadLimits, Backend } from '../../../engine/backend/backend.ts';
import { generate, type Outcome } from '../../../engine/generate/generate.ts';
import type { Session } from '../../../engine/generate/session.ts';
import { neutralSampling } from '../../../engine/generate/sampling.ts';
import { StepsAhead } from '../../../engine/generate/stepsAhead.ts';
import type { TokenInfo } from '../../../engine/generate/tokenInfo.ts';

const wide: AheadLimits = { steps: 16, together: 1 };

/** The counts after each of the tokens that come after these milliseconds. */
function countsOf(ahead: StepsAhead, intervals: readonly number[]): number[] {
  let now = 1000;
  ahead.took(now);
  return intervals.map((interval) => {
    ahead.took((now += interval));
    return ahead.count;
  });
}

describe('the number of steps', () => {
  const many = (ms: number) => new Array<number>(40).fill(ms);

  test('two before anything is known, fewer where the back end says so', () => {
    expect(new StepsAhead(wide).count).toBe(2);
    expect(new StepsAhead({ steps: 1, together: 1 }).count).toBe(1);
  });

  test.each([
    ['two where a step takes long', 45, 2],
    ['as many as cover the time', 10, 6],
    ['no more than the back end wants', 1, 16],
  ])('%s', (_, ms, count) => {
    const counts = countsOf(new StepsAhead(wide), many(ms));
    expect(counts.at(-1)).toBe(count);
    // One more a token at most.
    counts.forEach((value, i) => expect(value - (counts[i - 1] ?? 2)).toBeLessThanOrEqual(1));
  });

  test('results that come in heaps count by their average', () => {
    const heaps = Array.from({ length: 80 }, (_, i) => (i % 8 === 0 ? 32 : 0));
    expect(countsOf(new StepsAhead(wide), heaps).at(-1)).toBeGreaterThan(12);
  });

  test('goes back when steps take longer', () => {
    const ahead = new StepsAhead(wide);
    expect(countsOf(ahead, many(2)).at(-1)).toBe(16);
    expect(countsOf(ahead, many(50)).at(-1)).toBe(2);
  });

  test('fills what is free, never more than is left', () => {
    const ahead = new StepsAhead(wide);
    expect([ahead.next(1, 10), ahead.next(2, 10), ahead.next(0, 1), ahead.next(1, 0), ahead.next(5, 10)]).toEqual([
      1, 0, 1, 0, 0,
    ]);
  });

  test('waits until several can go together, but not for the last ones', () => {
    const ahead = new StepsAhead({ steps: 16, together: 4 });
    expect(ahead.next(1, 100)).toBe(1);
    countsOf(ahead, many(1));
    expect([ahead.next(13, 100), ahead.next(12, 100), ahead.next(14, 2), ahead.next(0, 100)]).toEqual([0, 4, 2, 16]);
  });
});

/** Draws 0, 1, 2, …; a token is known when `release` says so. */
class SlowResults {
  readonly waiting: (() => void)[] = [];
  submits: number[] = [];
  #drawn = 0;
  #asked = 0;
  readonly limits: AheadLimits;

  constructor(limits: AheadLimits) {
    this.limits = limits;
  }

  get steps(): number {
    return this.#drawn;
  }

  release(count = 1): void {
    for (const resolve of this.waiting.splice(0, count)) resolve();
  }

  session(): Session {
    const backend = {
      maxTokens: 64,
      ahead: () => this.limits,
      configureSampler: () => {},
      setTokens: () => {},
      run: (_program: unknown, _tokens: number, steps = 1) => {
        this.submits.push(steps);
        this.#drawn += steps;
      },
      sampled: () => {
        const id = this.#asked++;
        if (this.#asked > this.#drawn) throw new Error('No step has drawn it.');
        return new Promise<TokenInfo>((resolve) => {
          this.waiting.push(() => resolve({ id, logprob: 0, sampledLogprob: 0, alternatives: [] }));
        });
      },
    };
    const model = { config: { vocabularySize: 1000 }, contextLength: 1000, sampler: {}, step: {}, prefill: {} };
    return { backend: backend as unknown as Backend, model: model as unknown as Session['model'], cachedTokens: [] };
  }
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Runs an answer to its end, releasing results `together` at a time. */
async function answer(slow: SlowResults, maxTokens: number, together: number, endToken = -1, signal?: AbortSignal) {
  const session = slow.session();
  const tokens = generate(
    session,
    [5, 6, 7],
    {
      sampling: { ...neutralSampling, mode: 'greedy', maxTokens },
      seed: 0,
      alternatives: 0,
      endTokenIds: new Set([endToken]),
      sampleableTokens: 1000,
    },
    signal,
  );
  const ids: number[] = [];
  const end: { outcome?: Outcome } = {};
  const read = (async () => {
    for (;;) {
      const { done, value } = await tokens.next();
      if (done) return (end.outcome = value);
      ids.push(value.id);
    }
  })();
  while (!end.outcome) {
    await turn();
    slow.release(together);
  }
  return { ids, outcome: await read, session };
}

describe('an answer', () => {
  test.each([
    ['that come at once', 1],
    ['that come in heaps', 8],
  ])('has its tokens in order from results %s', async (_, heap) => {
    for (const together of [1, 4]) {
      const slow = new SlowResults({ steps: 16, together });
      const { ids, outcome, session } = await answer(slow, 60, heap);
      expect(ids).toEqual(Array.from({ length: 60 }, (_, i) => i));
      expect(outcome.reason).toBe('length');
      expect(slow.steps).toBe(60);
      expect(session.cachedTokens).toEqual([5, 6, 7, ...ids.slice(0, -1)]);
    }
  });

  test('has no more than one step under way beside that of its first token', async () => {
    const slow = new SlowResults(wide);
    const stop = new AbortController();
    const read = answer(slow, 100, 0, -1, stop.signal);
    await turn();
    await turn();
    expect(slow.submits).toEqual([1, 1]);
    stop.abort();
    slow.release(100);
    const { ids, outcome } = await read;
    expect([ids.length, outcome.reason]).toEqual([0, 'aborted']);
  });

  test('wastes no more steps than may be under way', async () => {
    const slow = new SlowResults(wide);
    const { ids, outcome } = await answer(slow, 500, 16, 100);
    expect([ids.length, outcome.reason]).toEqual([101, 'end']);
    expect(slow.steps).toBeLessThanOrEqual(ids.length + 16);
  });

  test('of one token takes one step', async () => {
    const slow = new SlowResults(wide);
    await answer(slow, 1, 1);
    expect(slow.submits).toEqual([1]);
  });

  test('that is stopped submits nothing more, and yields nothing more', async () => {
    const slow = new SlowResults(wide);
    const stop = new AbortController();
    const read = answer(slow, 500, 4, -1, stop.signal);
    while (slow.steps < 60) await turn();
    stop.abort();
    const steps = slow.steps;
    const { ids, outcome } = await read;
    expect(outcome.reason).toBe('aborted');
    expect(slow.steps).toBe(steps);
    expect(ids.length).toBeLessThanOrEqual(steps);
  });
});
