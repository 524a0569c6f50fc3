// Records a decode step whose layers are resident.
import type { Ops } from '../../backend/backend.ts';
import type { OpsHost } from '../gpuOps.ts';
import { GpuProgram, type ResidentStep } from '../program.ts';
import type { GpuSamplerMemory } from '../sampler.ts';
import { recordOps } from './recordedOps.ts';
import { residentLaunches } from './residentLaunches.ts';
import { residentModel } from './residentModel.ts';
import { unfitShape, type Grid } from './shape.ts';

/** @returns the step, whose programs are still to be recorded, or why there is none for this model or device */
export function residentStep(
  host: OpsHost,
  describe: (ops: Ops) => void,
  sampler: GpuSamplerMemory,
  grid: Grid,
): ResidentStep | string {
  const model = residentModel(recordOps(describe));
  if (typeof model === 'string') return model;
  const unfit = unfitShape(model, grid, host.context);
  if (unfit) return unfit;
  const { resident, phased, exchange } = residentLaunches(host, model, grid);
  return {
    program: new GpuProgram('resident', sampler, resident),
    phased: new GpuProgram('phased', sampler, phased),
    exchange,
  };
}
