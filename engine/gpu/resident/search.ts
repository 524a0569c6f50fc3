// Finds the grid on which a step's resident layers are fastest on this device, and puts it to the proof.
import type { ResidentEntry } from '../../tuner/table.ts';
import type { GpuProgram, ResidentStep } from '../program.ts';
import type { Programs } from '../programs.ts';
import { gridOf, usualGrid, workgroupCounts, type TriedGrid } from './grids.ts';
import { ResidentTrial, type TrialHost } from './trial.ts';

/**
 * @param grid one that is put to the proof as it is, or null to look for the best
 * @throws Error where there is none for this model or device, which its key would have told
 */
export async function proveResident(
  programs: Programs,
  program: GpuProgram,
  grid: TriedGrid | null,
  host: TrialHost,
): Promise<ResidentEntry> {
  const best = grid ?? (await fastestGrid(programs, program, host)) ?? usualGrid;
  const step = await programs.planResident(program, best);
  if (typeof step === 'string') throw new Error(step);
  const times = await new ResidentTrial(host, program, step).prove(await programs.phasedOf(step));
  const microseconds = (ms: number | undefined) => Math.round(1000 * (ms ?? 0));
  programs.dropResident(step);
  return {
    ...step.key,
    workgroups: best.workgroups,
    lanes: best.lanes,
    outcome: times ? 'proven' : 'failed',
    microseconds: microseconds(times?.resident),
    usualMicroseconds: microseconds(times?.ordinary),
  };
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
  let best: { grid: TriedGrid; ms: number } | null = null;
  const fasterOf = async (lanes: number, counts: readonly number[]): Promise<void> => {
    for (const count of counts) {
      const grid = gridOf(count, lanes);
      const step = await programs.planResident(program, grid);
      if (typeof step === 'string') continue;
      const ms = await new ResidentTrial(host, program, step).time();
      programs.dropResident(step);
      // More of them would not run together either.
      if (ms === null) return;
      if (!best || ms < best.ms) best = { grid, ms };
    }
  };
  await fasterOf(usualGrid.lanes, workgroupCounts);
  const { workgroups } = (best as { grid: TriedGrid } | null)?.grid ?? usualGrid;
  await fasterOf(usualGrid.lanes / 2, [workgroups, 2 * workgroups]);
  return (best as { grid: TriedGrid } | null)?.grid ?? null;
}
