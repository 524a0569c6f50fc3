// How long the dispatches of a group take with a choice of constants.
import { encodeDispatches, recordDispatch, type Dispatch, type RecordedDispatch } from '../gpu/dispatch.ts';
import type { PassClock } from '../gpu/passClock.ts';
import type { Pipelines } from '../gpu/pipelines.ts';
import { withChoice } from './apply.ts';
import type { Choice } from './table.ts';
import type { Tunable } from './tunables.ts';

export interface TuneHost {
  device: GPUDevice;
  pipelines: Pipelines;
  clock: PassClock;
  maxTokens: number;
  /** Makes a step of so many tokens the next one. */
  prepare: (tokens: number) => void;
}

export interface Timed {
  choice: Choice;
  ms: number;
}

/** A measurement lasts at least this long: clocks go in steps of up to 0.1 ms. */
const leastMs = 10;
const longEnoughMs = 50;
const mostRepeats = 256;
const measurements = 3;
/** What a candidate must save to be preferred: less is noise. */
export const leastGain = 0.02;

export async function record(
  dispatches: readonly Dispatch[],
  tunable: Tunable,
  choice: Choice,
  { device, pipelines }: TuneHost,
): Promise<RecordedDispatch[]> {
  return Promise.all(
    dispatches.map((dispatch) => recordDispatch(device, pipelines, withChoice(dispatch, tunable, choice))),
  );
}

/** All of them, so that weights come from memory as in use; where that takes long, as many as take long enough. */
export async function enough(
  dispatches: readonly Dispatch[],
  tunable: Tunable,
  usual: Choice,
  tokens: number,
  host: TuneHost,
): Promise<readonly Dispatch[]> {
  const ms = await timeOf(await record(dispatches.slice(0, 1), tunable, usual, host), tokens, host);
  return dispatches.slice(0, Math.max(1, Math.ceil(longEnoughMs / Math.max(ms, 0.001))));
}

/** Milliseconds of all launches once, as the mean of a run that repeats them. */
async function timeOf(
  launches: readonly RecordedDispatch[],
  tokens: number,
  { clock, prepare }: TuneHost,
  repeat = 1,
): Promise<number> {
  prepare(tokens);
  const ms = await clock.measure((pass) => {
    for (let i = 0; i < repeat; i++) encodeDispatches(pass, launches, tokens);
  });
  return ms / repeat;
}

/** Milliseconds of all dispatches once, the least of some runs; of a candidate twice as slow as the best, of one run. */
export async function measure(
  recorded: readonly RecordedDispatch[],
  tokens: number,
  host: TuneHost,
  best = Infinity,
): Promise<number> {
  const run = (repeat: number) => timeOf(recorded, tokens, host, repeat);
  const first = await run(1);
  if (first > longEnoughMs) return first < 2 * best ? Math.min(first, await run(1)) : first;
  const once = await run(1);
  const repeat = Math.min(mostRepeats, Math.ceil(leastMs / Math.max(once, 0.01)));
  let least = await run(repeat);
  for (let i = 1; i < measurements && least < 2 * best; i++) least = Math.min(least, await run(repeat));
  return least;
}

/** Whether a step is faster with other launches in the place of some: the least of some runs, in turn. */
export async function isFaster(
  changed: readonly RecordedDispatch[],
  before: readonly RecordedDispatch[],
  tokens: number,
  host: TuneHost,
): Promise<boolean> {
  const repeat = Math.ceil(leastMs / Math.max(await timeOf(before, tokens, host), 1));
  let [least, leastBefore] = [Infinity, Infinity];
  for (let i = 0; i < measurements; i++) {
    leastBefore = Math.min(leastBefore, await timeOf(before, tokens, host, repeat));
    least = Math.min(least, await timeOf(changed, tokens, host, repeat));
  }
  return least < leastBefore;
}

/** The usual choice, unless the other is faster once more, one measured right after the other. */
export async function confirmed(
  best: Timed,
  usual: Timed,
  time: (choice: Choice) => Promise<number>,
): Promise<Timed & { usualMs: number }> {
  if (best.choice === usual.choice) return { ...usual, usualMs: usual.ms };
  const [usualMs, ms] = [await time(usual.choice), await time(best.choice)];
  return ms < usualMs * (1 - leastGain)
    ? { choice: best.choice, ms, usualMs }
    : { choice: usual.choice, ms: usualMs, usualMs };
}
