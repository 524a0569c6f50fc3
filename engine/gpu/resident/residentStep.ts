// A decode step whose layers are resident, on a grid: its program, and the same layers a phase at a time, which only a proof needs.
import type { Ops } from '../../backend/backend.ts';
import { residentLayers } from '../../kernels/registry.ts';
import { sourceRevision } from '../../tuner/revision.ts';
import type { ResidentKey } from '../../tuner/table.ts';
import { decodesFused } from '../decode/decodeOps.ts';
import type { OpsHost } from '../gpuOps.ts';
import { GpuProgram, type ResidentStep } from '../program.ts';
import type { GpuSampler } from '../sampler.ts';
import { recordOps } from './recordedOps.ts';
import { residentLaunches, variantOf } from './residentLaunches.ts';
import { residentModel, type ResidentModel } from './residentModel.ts';
import { unfitShape, type Grid } from './shape.ts';

/** @returns the step or why there is none for this model or device */
export function residentStep(
  host: OpsHost,
  describe: (ops: Ops) => void,
  sampler: GpuSampler,
  grid: Grid,
): ResidentStep | string {
  const model = fittingModel(host, describe, grid);
  if (typeof model === 'string') return model;
  const buffers: GPUBuffer[] = [];
  const createBuffer: OpsHost['context']['createBuffer'] = (...args) => {
    const buffer = host.context.createBuffer(...args);
    buffers.push(buffer);
    return buffer;
  };
  const own = { ...host, context: { ...host.context, createBuffer } };
  const { resident, phased, exchange } = residentLaunches(own, model, grid);
  return {
    key: keyOf(model, grid),
    grid,
    program: new GpuProgram('resident', sampler, resident),
    phased: () => new GpuProgram('phased', sampler, phased()),
    exchange,
    buffers,
  };
}

/** What is known of such a step is found by it. @returns why there is none for this model or device */
export function residentKey(host: OpsHost, describe: (ops: Ops) => void, grid: Grid): ResidentKey | string {
  const model = fittingModel(host, describe, grid);
  return typeof model === 'string' ? model : keyOf(model, grid);
}

function fittingModel(host: OpsHost, describe: (ops: Ops) => void, grid: Grid): ResidentModel | string {
  if (!decodesFused(host)) return 'no kernels of single tokens';
  const model = residentModel(recordOps(describe));
  return typeof model === 'string' ? model : (unfitShape(model, grid, host.context) ?? model);
}

const keyOf = (model: ResidentModel, grid: Grid): ResidentKey => ({
  shape: shapeText(model),
  revision: sourceRevision(residentLayers.source, variantOf(model, grid)),
});

/** What a proof holds for, whatever the length of the context. */
function shapeText({ layers, route, types }: ResidentModel): string {
  const [{ q, gate, cache }] = layers;
  const { kvHeadCount, headDim } = cache;
  return (
    `${layers.length} layers of ${q.columns}, ${q.rows / headDim} and ${kvHeadCount} heads of ${headDim}, ` +
    `${route.expertsUsed} of ${route.expertCount} experts of ${gate.rows}, ${types.join(' ')}`
  );
}
