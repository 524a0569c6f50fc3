// Finds the grid on which a step's resident layers are fastest on this device, and puts it to the proof.
import type { ResidentEntry } from '../../tuner/table.ts';
import type { GpuProgram, ResidentStep } from '../program.ts';
import type { Programs } from '../programs.ts';
import { gridOf, usualGrid, workgroupCounts, type TriedGrid } from './grids.ts';
import { ResidentTrial, type TrialHost } from './trial.ts';

/** What the search for a grid may take: a driver compiles each for some seconds. */
const mostMs = 60_000;

/** What came of a proof, and the step that passed it, recorded, to be used or dropped. */
export interface Proof {
  readonly entry: ResidentEntry;
  readonly proven: ResidentStep | null;
}

/**
 * @param grid one that is put to the proof as it is, or null to look for the best
 * @throws Error where there is none for this model or device, which its key would have told
 */
export async function proveResident(
  programs: Programs,
  program: GpuProgram,
  grid: TriedGrid | null,
  host: TrialHost,
): Promise<Proof> {
  const best = grid ?? (await fastestGrid(programs, program, host)) ?? usualGrid;
  const planning = plan(programs, program, best, host.check);
  let proven: ResidentStep | null = null;
  try {
    const { step, phased } = await host.unlessStopped(planning);
    const times = await new ResidentTrial(host, program, step).prove(phased);
    if (times) proven = step;
    const microseconds = (ms: number | undefined) => Math.round(1000 * (ms ?? 0));
    const entry: ResidentEntry = {
      ...step.key,
      workgroups: best.workgroups,
      lanes: best.lanes,
      outcome: proven ? 'proven' : 'failed',
      microseconds: microseconds(times?.resident),
      usualMicroseconds: microseconds(times?.ordinary),
    };
    return { entry, proven };
  } finally {
    // Also what is made only after the proof was stopped.
    if (!proven)
      void planning.then(
        ({ step }) => programs.dropResident(step),
        () => {},
      );
  }
}

async function plan(
  programs: Programs,
  program: GpuProgram,
  grid: TriedGrid,
  check: () => void,
): Promise<{ step: ResidentStep; phased: GpuProgram }> {
  const step = await programs.planResident(program, grid);
  if (typeof step === 'string') throw new Error(step);
  try {
    check();
    return { step, phased: await programs.phasedOf(step) };
  } catch (error) {
    programs.dropResident(step);
    throw error;
  }
}

/** What is known of a step that gave up in use. */
export const gaveUpEntry = ({ key, grid }: ResidentStep): ResidentEntry => ({
  ...key,
  workgroups: grid.workgroups,
  lanes: grid.lanes ?? usualGrid.lanes,
  outcome: 'gaveUp',
  microseconds: 0,
  usualMicroseconds: 0,
});

/** Null where none comes to an end. */
async function fastestGrid(programs: Programs, program: GpuProgram, host: TrialHost): Promise<TriedGrid | null> {
  const time = async (grid: TriedGrid): Promise<number | null> => {
    const step = await programs.planResident(program, grid);
    if (typeof step === 'string') return null;
    const ms = await new ResidentTrial(host, program, step).time();
    programs.dropResident(step);
    return ms;
  };
  const started = performance.now();
  const mayGoOn = () => performance.now() - started < mostMs;
  const { lanes } = usualGrid;
  const best = await fastestCount(workgroupCounts, (count) => time(gridOf(count, lanes)), mayGoOn);
  if (!best) return null;
  const counts = [best.count, 2 * best.count];
  const narrow = await fastestCount(counts, (count) => time(gridOf(count, lanes / 2)), mayGoOn);
  return narrow && narrow.ms < best.ms ? gridOf(narrow.count, lanes / 2) : gridOf(best.count, lanes);
}

/**
 * The count with the least time, of those that there is time for; the first is always tried. More workgroups than some that gave up
 * would not run together either, and are left out.
 * @param time null: gave up
 */
export async function fastestCount(
  counts: readonly number[],
  time: (count: number) => Promise<number | null>,
  mayGoOn: () => boolean,
): Promise<{ count: number; ms: number } | null> {
  let best: { count: number; ms: number } | null = null;
  let tooMany = Infinity;
  let isFirst = true;
  for (const count of counts) {
    if (!isFirst && !mayGoOn()) break;
    isFirst = false;
    if (count >= tooMany) continue;
    const ms = await time(count);
    if (ms === null) tooMany = count;
    else if (!best || ms < best.ms) best = { count, ms };
  }
  return best;
}
