// Finds the fastest constants for the dispatches of a program: all candidates are compiled, then each is run on what the buffers hold,
// its outputs are compared with those of the usual constants, and only then is it timed; the fastest of a kernel must make the whole step
// faster, too. Overwrites activations and the cache.
import { encodeDispatches, recordDispatch, runsFor, type Dispatch, type RecordedDispatch } from '../gpu/dispatch.ts';
import { stopped } from '../unlessStopped.ts';
import { choiceOf, choiceText, grows, keyOf, withChoice } from './apply.ts';
import { compileAll } from './compile.ts';
import { confirmed, enough, isFaster, leastGain, measure, record, type Timed, type TuneHost } from './measure.ts';
import { OutputCheck } from './outputs.ts';
import type { Choice, TuningEntry, TuningKey } from './table.ts';
import { tunables, type Tunable } from './tunables.ts';

/** Of a step of so many tokens: what has been measured of what is to be. */
export interface StepProgress {
  tokens: number;
  done: number;
  total: number;
  /** Null once all candidates are compiled, before the first is measured. */
  entry: TuningEntry | null;
  /** That this took. */
  seconds: number;
}

export interface TuneRequest {
  tokens: number;
  isWanted: (key: TuningKey) => boolean;
  onProgress?: (progress: StepProgress) => void;
  signal?: AbortSignal | undefined;
}

/** Dispatches with one key, in the order of the program. */
interface Group {
  key: TuningKey;
  tunable: Tunable;
  dispatches: Dispatch[];
}

/** A device that has waited for a compiler runs slowly at first. */
const warmUpMs = 300;

/** What is to be tuned: what a GpuProgram shows of itself. */
export interface TunableProgram {
  readonly described: readonly Dispatch[];
  encode(encoder: GPUCommandEncoder, tokens: number): void;
}

/**
 * What is wanted of a step of so many tokens.
 * @throws EngineError `aborted`; what compiling the usual constants throws
 */
export async function tuneStep(
  program: TunableProgram,
  host: TuneHost,
  { tokens, isWanted, onProgress, signal }: TuneRequest,
): Promise<TuningEntry[]> {
  const check = () => {
    if (signal?.aborted) throw stopped();
  };
  const groups = groupsOf(program.described, tokens, host.maxTokens).filter(({ key }) => isWanted(key));
  const entries: TuningEntry[] = [];
  if (groups.length === 0) return entries;
  const step = async () => {
    host.prepare(tokens);
    const encoder = host.device.createCommandEncoder();
    program.encode(encoder, tokens);
    host.device.queue.submit([encoder.finish()]);
    await host.device.queue.onSubmittedWorkDone();
  };
  let started = performance.now();
  const report = (entry: TuningEntry | null) => {
    const seconds = (performance.now() - started) / 1000;
    onProgress?.({ tokens, done: entries.length, total: groups.length, entry, seconds });
    started = performance.now();
  };
  const candidates = await compiling(groups, host, check);
  report(null);
  while (performance.now() - started < warmUpMs) await step();
  const running = program.described.filter((dispatch) => runsFor(dispatch, tokens));
  let launches = await Promise.all(running.map((dispatch) => recordDispatch(host.device, host.pipelines, dispatch)));
  for (const [i, group] of groups.entries()) {
    // So that the buffers hold what they hold in use.
    await step();
    let entry = await tuneGroup(group, candidates[i], tokens, host, check);
    const usual = choiceOf(group.dispatches[0], group.tunable);
    if (choiceText(entry.choice) !== choiceText(usual)) {
      const chosen = await record(group.dispatches, group.tunable, entry.choice, host);
      const changed = launches.map((launch, at) => chosen[group.dispatches.indexOf(running[at])] ?? launch);
      if (await isFaster(changed, launches, tokens, host)) launches = changed;
      else entry = { ...entry, choice: usual, microseconds: entry.usualMicroseconds };
    }
    entries.push(entry);
    report(entry);
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

/** Of each group the candidates that compile, but for the usual choice. */
async function compiling(groups: readonly Group[], host: TuneHost, check: () => void): Promise<Choice[][]> {
  const all = groups.flatMap(({ tunable, dispatches: [first] }, group) => {
    const usual = choiceText(choiceOf(first, tunable));
    return tunable
      .candidates(first, host.device.limits)
      .filter((choice) => choiceText(choice) !== usual)
      .map((choice) => ({ group, choice, dispatch: withChoice(first, tunable, choice) }));
  });
  const compiles = await compileAll(
    all.map(({ dispatch }) => dispatch),
    host,
    check,
  );
  const found = groups.map((): Choice[] => []);
  for (const [i, { group, choice }] of all.entries()) if (compiles[i]) found[group].push(choice);
  return found;
}

/** A candidate whose results are wrong is left out. */
async function tuneGroup(
  { key, tunable, dispatches }: Group,
  candidates: readonly Choice[],
  tokens: number,
  host: TuneHost,
  check: () => void,
): Promise<TuningEntry> {
  const { device, maxTokens } = host;
  const [first] = dispatches;
  const usual = choiceOf(first, tunable);
  const outputs = new OutputCheck(device, first, tunable.outputs, { tokens, maxTokens });
  try {
    const recordFirst = (choice: Choice) => record(dispatches.slice(0, 1), tunable, choice, host);
    const run = async (recorded: RecordedDispatch[]) => {
      host.prepare(tokens);
      const encoder = device.createCommandEncoder();
      outputs.restore(encoder);
      const pass = encoder.beginComputePass();
      encodeDispatches(pass, recorded, tokens);
      pass.end();
      return outputs.read(encoder);
    };
    const reference = await run(await recordFirst(usual));
    const timed = await enough(dispatches, tunable, usual, tokens, host);
    const usualMs = await measure(await record(timed, tunable, usual, host), tokens, host);
    let best: Timed = { choice: usual, ms: usualMs };
    for (const choice of candidates) {
      check();
      if (!outputs.same(reference, await run(await recordFirst(choice)))) continue;
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
    outputs.destroy();
  }
}
