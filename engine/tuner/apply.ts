// Puts tuned constants into dispatches, when a program is recorded. A kernel whose rows grow with the step gets a dispatch for each
// range of tokens that the same choice is nearest to.
import type { Dispatch } from '../gpu/dispatch.ts';
import { revisionOf } from './revision.ts';
import type { Choice, TuningKey } from './table.ts';
import { tunables, type Tunable, type TuningLimits } from './tunables.ts';
import type { Tuning } from './tuning.ts';

export interface ApplyOptions {
  tuning: Tuning;
  limits: TuningLimits;
  /** Most tokens in a step. */
  maxTokens: number;
}

/** Dispatches in their order, each with the constants that are known to be fastest, or as it was. */
export function tuneDispatches(dispatches: readonly Dispatch[], options: ApplyOptions): Dispatch[] {
  return dispatches.flatMap((dispatch) => {
    const tunable = tunables[dispatch.kernel.name];
    return tunable ? tuneDispatch(dispatch, tunable, options) : [dispatch];
  });
}

function tuneDispatch(dispatch: Dispatch, tunable: Tunable, { tuning, limits, maxTokens }: ApplyOptions): Dispatch[] {
  const key = keyOf(dispatch, tunable, 1);
  if (!tuning.knows(key)) return [dispatch];
  const known = tunable.candidates(dispatch, limits).map(choiceText);
  /** A choice that is none of the candidates was stored by other code, or by hand. */
  const choose = (rows: number) => {
    const choice = tuning.choose({ ...key, rows });
    return choice && known.includes(choiceText(choice)) ? choice : null;
  };
  if (!grows(dispatch, maxTokens)) {
    const choice = choose(1);
    return [choice ? withChoice(dispatch, tunable, choice) : dispatch];
  }
  const { from, to } = rangeOf(dispatch, maxTokens);
  const ranges: { from: number; to: number; choice: Choice | null }[] = [];
  for (let rows = from; rows <= to; rows++) {
    const choice = choose(rows);
    const last = ranges.at(-1);
    if (last?.choice === choice) last.to = rows;
    else ranges.push({ from: rows, to: rows, choice });
  }
  if (ranges.length === 1 && ranges[0].choice === null) return [dispatch];
  return ranges.map((range) => ({
    ...(range.choice ? withChoice(dispatch, tunable, range.choice) : dispatch),
    tokens: { from: range.from, to: range.to },
  }));
}

/** The dispatch with other constants, and the grid that goes with them. */
export function withChoice(dispatch: Dispatch, tunable: Tunable, choice: Choice): Dispatch {
  const workgroups = tunable.workgroups?.(dispatch, choice);
  return { ...dispatch, constants: { ...dispatch.constants, ...choice }, ...(workgroups && { workgroups }) };
}

/** What a dispatch has now of what can be chosen. */
export function choiceOf({ constants = {} }: Dispatch, tunable: Tunable): Choice {
  return Object.fromEntries(tunable.constants.map((name) => [name, constants[name]]));
}

export const choiceText = (choice: Choice): string =>
  Object.entries(choice)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(' ');

export function keyOf(dispatch: Dispatch, tunable: Tunable, rows: number): TuningKey {
  const { kernel, variant = {}, constants = {} } = dispatch;
  const left = [...tunable.constants, ...(tunable.places ?? [])];
  const fixed = Object.entries(constants).filter(([name]) => !left.includes(name));
  const shape = [...Object.values(variant), ...fixed.map(([name, value]) => `${name}=${value}`).sort()].join(' ');
  return { kernel: kernel.name, revision: revisionOf(dispatch), shape, rows };
}

/** Tokens of the steps that launch it. */
export function rangeOf({ tokens }: Dispatch, maxTokens: number): { from: number; to: number } {
  return { from: tokens?.from ?? 1, to: Math.min(tokens?.to ?? maxTokens, maxTokens) };
}

/** False for what takes one row in steps of any size: the head. */
export function grows(dispatch: Dispatch, maxTokens: number): boolean {
  const { from, to } = rangeOf(dispatch, maxTokens);
  return from < to && dispatch.workgroups(from).join() !== dispatch.workgroups(to).join();
}
