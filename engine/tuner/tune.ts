// Finds the fastest constants for the dispatches of a program: every candidate is run on what the buffers hold, its outputs are
// compared with those of the usual constants, and only then is it timed. Overwrites activations and the cache.
import { EngineError } from '../errors.ts';
import type { Pipelines } from '../gpu/pipelines.ts';
import { encodeDispatches, recordDispatch, runsFor, type Dispatch, type RecordedDispatch } from '../gpu/dispatch.ts';
import type { PassClock } from '../gpu/passClock.ts';
import { choiceOf, choiceText, grows, keyOf, withChoice } from './apply.ts';
import { OutputCheck } from './outputs.ts';
import type { Choice, TuningEntry, TuningKey } from './table.ts';
import { tunables, type Tunable } from './tunables.ts';

export interface TuneHost {
  device: GPUDevice;
  pipelines: Pipelines;
  clock: PassClock;
  maxTokens: number;
  /** Makes a step of so many tokens the next one. */
  prepare: (tokens: number) => void;
}

export interface TuneRequest {
  tokens: number;
  isWanted: (key: TuningKey) => boolean;
  onEntry?: (entry: TuningEntry) => void;
  signal?: AbortSignal | undefined;
}

/** Dispatches with one key, in the order of the program. */
interface Group {
  key: TuningKey;
  tunable: Tunable;
  dispatches: Dispatch[];
}

/** A measurement lasts at least this long: clocks go in steps of up to 0.1 ms. */
const leastMs = 10;
const longEnoughMs = 50;
const mostRepeats = 256;
const measurements = 3;
/** What a candidate must save to be preferred: less is noise. */
const leastGain = 0.02;

/** What is to be tuned: what a GpuProgram shows of itself. */
export interface TunableProgram {
  readonly described: readonly Dispatch[];
  encode(encoder: GPUCommandEncoder, tokens: number): void;
}

/** What is wanted of a step of so many tokens. */
export async function tuneStep(
  program: TunableProgram,
  host: TuneHost,
  { tokens, isWanted, onEntry, signal }: TuneRequest,
): Promise<TuningEntry[]> {
  const entries: TuningEntry[] = [];
  for (const group of groupsOf(program.described, tokens, host.maxTokens)) {
    if (!isWanted(group.key)) continue;
    // So that the buffers hold what they hold in use.
    host.prepare(tokens);
    const encoder = host.device.createCommandEncoder();
    program.encode(encoder, tokens);
    host.device.queue.submit([encoder.finish()]);
    const entry = await tuneGroup(group, tokens, host, signal);
    entries.push(entry);
    onEntry?.(entry);
  }
  return entries;
}

function groupsOf(dispatches: readonly Dispatch[], tokens: number, maxTokens: number): Group[] {
  const running = dispatches.filter((dispatch) => runsFor(dispatch, tokens));
  const groups = new Map<string, Group>();
  for (const dispatch of running) {
    const tunable = tunables[dispatch.kernel.name];
    if (!tunable) continue;
    const key = keyOf(dispatch, tunable, grows(dispatch, maxTokens) ? tokens : 1);
    const text = JSON.stringify(key);
    const group = groups.get(text) ?? { key, tunable, dispatches: [] };
    group.dispatches.push(dispatch);
    groups.set(text, group);
  }
  return [...groups.values()];
}

/** @throws what compiling the usual constants throws; a candidate that does not compile or is wrong is left out */
async function tuneGroup(
  { key, tunable, dispatches }: Group,
  tokens: number,
  host: TuneHost,
  signal?: AbortSignal,
): Promise<TuningEntry> {
  const { device } = host;
  const [first] = dispatches;
  const usual = choiceOf(first, tunable);
  const check = new OutputCheck(device, first, tunable.outputs);
  try {
    const recordFirst = (choice: Choice) => record(dispatches.slice(0, 1), tunable, choice, host);
    const run = async (recorded: RecordedDispatch[]) => {
      host.prepare(tokens);
      const encoder = device.createCommandEncoder();
      check.restore(encoder);
      const pass = encoder.beginComputePass();
      encodeDispatches(pass, recorded, tokens);
      pass.end();
      return check.read(encoder);
    };
    const reference = await run(await recordFirst(usual));
    const timed = await enough(dispatches, tunable, usual, tokens, host);
    const usualMs = await measure(await record(timed, tunable, usual, host), tokens, host);
    let best: Timed = { choice: usual, ms: usualMs };
    for (const choice of tunable.candidates(first, device.limits)) {
      if (signal?.aborted) throw new EngineError('aborted', 'Loading was stopped.');
      if (choiceText(choice) === choiceText(usual)) continue;
      device.pushErrorScope('validation');
      const recorded = await recordFirst(choice).catch(() => null);
      const failed = await device.popErrorScope();
      if (!recorded || failed || !check.same(reference, await run(recorded))) continue;
      const ms = await measure(await record(timed, tunable, choice, host), tokens, host, best.ms);
      if (ms < best.ms && ms < usualMs * (1 - leastGain)) best = { choice, ms };
    }
    const found = await confirmed(best, { choice: usual, ms: usualMs }, async (choice) =>
      measure(await record(timed, tunable, choice, host), tokens, host),
    );
    const microseconds = (ms: number) => Number(((ms * 1000) / timed.length).toFixed(2));
    return {
      ...key,
      choice: found.choice,
      microseconds: microseconds(found.ms),
      usualMicroseconds: microseconds(found.usualMs),
    };
  } finally {
    check.destroy();
  }
}

interface Timed {
  choice: Choice;
  ms: number;
}

/** The usual choice, unless the other is faster once more, one measured right after the other. */
async function confirmed(
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

/** All of them, so that weights come from memory as in use; where that takes long, as many as take long enough. */
async function enough(
  dispatches: Group['dispatches'],
  tunable: Tunable,
  usual: Choice,
  tokens: number,
  host: TuneHost,
): Promise<Group['dispatches']> {
  const recorded = await record(dispatches.slice(0, 1), tunable, usual, host);
  host.prepare(tokens);
  const ms = await host.clock.measure((pass) => encodeDispatches(pass, recorded, tokens));
  return dispatches.slice(0, Math.max(1, Math.ceil(longEnoughMs / Math.max(ms, 0.001))));
}

async function record(
  dispatches: Group['dispatches'],
  tunable: Tunable,
  choice: Choice,
  { device, pipelines }: TuneHost,
): Promise<RecordedDispatch[]> {
  return Promise.all(
    dispatches.map((dispatch) => recordDispatch(device, pipelines, withChoice(dispatch, tunable, choice))),
  );
}

/** Milliseconds of all dispatches once, the least of some runs; of a candidate twice as slow as the best, of one run. */
async function measure(
  recorded: readonly RecordedDispatch[],
  tokens: number,
  { clock, prepare }: TuneHost,
  best = Infinity,
): Promise<number> {
  const run = async (repeat: number) => {
    prepare(tokens);
    const ms = await clock.measure((pass) => {
      for (let i = 0; i < repeat; i++) encodeDispatches(pass, recorded, tokens);
    });
    return ms / repeat;
  };
  const first = await run(1);
  if (first > longEnoughMs) return first < 2 * best ? Math.min(first, await run(1)) : first;
  const once = await run(1);
  const repeat = Math.min(mostRepeats, Math.ceil(leastMs / Math.max(once, 0.01)));
  let least = await run(repeat);
  for (let i = 1; i < measurements && least < 2 * best; i++) least = Math.min(least, await run(repeat));
  return least;
}
