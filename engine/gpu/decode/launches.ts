// Dispatches of the kernels for single tokens (kernels/*_1token.wgsl): which grid, which constants.
import * as kernels from '../../kernels/registry.ts';
import { foldWorkgroups, type Dispatch } from '../dispatch.ts';
import { kvVariant } from '../kvVariant.ts';
import type { GpuKvLayer, GpuMatrix, GpuRopeTable, GpuRoute, GpuTensor, GpuVector, OpContext } from '../types.ts';
import { recordedChoice } from '../ops/recordExperts.ts';
import { weightModules } from '../ops/weightedOps.ts';
import { groupsOf, tilesOf } from '../weightLayouts.ts';
import { asInput, type AttendedRow, type QuantizedRow } from './quantizedRow.ts';

/** A norm that its consumers finish: weight, and what rms needs. */
export interface Norm {
  readonly weight: GpuVector;
  readonly epsilon: number;
}

/** Lanes that share a row, and blocks of 32 columns that a lane takes in one go. */
function shape({ device, features }: OpContext, columns: number): { SPLITS: number; BLOCKS: number } {
  if (features.software) return { SPLITS: 2, BLOCKS: 4 };
  const most = device.limits.maxComputeInvocationsPerWorkgroup / 16;
  const blocks = groupsOf(columns) * 8;
  return { SPLITS: Math.min(most, 32, Math.max(1, blocks / 2)), BLOCKS: 2 };
}

const normConstants = (row: QuantizedRow, { epsilon }: Norm) => ({ NORM_WIDTH: row.width, EPSILON: epsilon });
const foldConstants = ({ scalesAt, sumsAt }: QuantizedRow) => ({ SCALES_AT: scalesAt, SUMS_AT: sumsAt });
const weights = ({ layout }: GpuMatrix) => `weights_${layout}`;

/** hidden = the row of the step's token, prepared for the norm that comes next. `table` lies in one part. */
export function embed(
  { step }: OpContext,
  table: GpuMatrix,
  hidden: GpuTensor,
  next: Norm,
  folded: QuantizedRow,
): Dispatch {
  return {
    kernel: kernels.embed1token,
    variant: weightModules(table, 'float'),
    constants: {
      COLUMNS: table.columns,
      GROUPS: groupsOf(table.columns),
      VOCABULARY: table.rows,
      ...foldConstants(folded),
    },
    buffers: {
      step,
      table: table.parts[0].buffer,
      norm: next.weight.buffer,
      hidden: hidden.buffer,
      quantized: folded.buffer,
    },
    workgroups: () => [tilesOf(table.columns)],
  };
}

export function foldNorm(hidden: GpuTensor, norm: Norm, folded: QuantizedRow): Dispatch {
  return {
    kernel: kernels.foldNorm1token,
    constants: { COLUMNS: hidden.width, ...foldConstants(folded) },
    buffers: { hidden: hidden.buffer, norm: norm.weight.buffer, quantized: folded.buffer },
    workgroups: () => [tilesOf(hidden.width)],
  };
}

/** One to three matrices of one input, each with the column of `output` where its product goes. */
export function project(
  context: OpContext,
  input: QuantizedRow,
  norm: Norm,
  matrices: readonly { matrix: GpuMatrix; column: number }[],
  output: GpuTensor,
): Dispatch {
  const [first, second = first, third = first] = matrices;
  const rows = (i: number) => matrices[i]?.matrix.rows ?? 0;
  const tiles = matrices.reduce((sum, { matrix }) => sum + tilesOf(matrix.rows), 0);
  return {
    kernel: kernels.project1token,
    variant: { first: weights(first.matrix), second: weights(second.matrix), third: weights(third.matrix) },
    constants: {
      GROUPS: input.groups,
      FIRST_ROWS: rows(0),
      SECOND_ROWS: rows(1),
      THIRD_ROWS: rows(2),
      FIRST_COLUMN: first.column,
      SECOND_COLUMN: second.column,
      THIRD_COLUMN: third.column,
      ...normConstants(input, norm),
      ...shape(context, input.width),
    },
    buffers: {
      ...asInput(input),
      first: first.matrix.parts[0].buffer,
      second: second.matrix.parts[0].buffer,
      third: third.matrix.parts[0].buffer,
      output: output.buffer,
    },
    workgroups: () => foldWorkgroups(tiles),
  };
}

/** What attention reads and writes besides the cache. */
export interface Heads {
  qkv: GpuTensor;
  q: GpuVector;
  k: GpuVector;
  epsilon: number;
  rope: GpuRopeTable;
  step: GPUBuffer;
}

/** Workgroups of a KV head that share the context: those that have keys have up to 64, so 2,048 tokens cost what one does. */
export const attentionSplits = 32;

/** True when the kernel's lanes and memory do for these heads. */
export const attends = ({ headDim }: GpuKvLayer): boolean => headDim % 16 === 0 && headDim <= 128;

export function attention(heads: Heads, cache: GpuKvLayer, output: AttendedRow): Dispatch {
  const { kvHeadCount, headDim } = cache;
  const { qkv, q, k, epsilon, rope } = heads;
  const group = output.width / headDim / kvHeadCount;
  return {
    kernel: kernels.attention1token,
    variant: kvVariant(cache),
    constants: {
      KV_HEADS: kvHeadCount,
      GROUP: group,
      HEAD_DIM: headDim,
      EPSILON: epsilon,
      SCALE: 1 / Math.sqrt(headDim),
      SPLITS: attentionSplits,
      SIN_AT: rope.sin.offset / 16,
      SCALES_AT: output.scalesAt,
      ARRIVALS_AT: output.arrivalsAt,
      PARTS_AT: output.partsAt,
    },
    buffers: {
      qkv: qkv.buffer,
      q_norm: q.buffer,
      k_norm: k.buffer,
      rope: rope.buffer,
      keys: cache.keys,
      values: cache.values,
      step: heads.step,
      attended: output.buffer,
    },
    workgroups: () => [kvHeadCount * Math.ceil(group / 8), attentionSplits],
  };
}

/** hidden += weight · input, prepared for the norm that comes next. */
export function residual(
  context: OpContext,
  input: QuantizedRow,
  weight: GpuMatrix,
  hidden: GpuTensor,
  next: Norm,
  folded: QuantizedRow,
): Dispatch {
  return {
    kernel: kernels.residual1token,
    variant: { weights: weights(weight) },
    constants: {
      GROUPS: input.groups,
      ROWS: weight.rows,
      ...foldConstants(folded),
      ...shape(context, weight.columns),
    },
    buffers: {
      ...asInput(input),
      weight: weight.parts[0].buffer,
      norm: next.weight.buffer,
      hidden: hidden.buffer,
      quantized: folded.buffer,
    },
    workgroups: () => [tilesOf(weight.rows)],
  };
}

export function router(
  hidden: GpuTensor,
  norm: Norm,
  folded: QuantizedRow,
  weight: GpuMatrix,
  logits: GpuTensor,
): Dispatch {
  return {
    kernel: kernels.router1token,
    constants: { EXPERTS: weight.rows, COLUMNS: weight.columns, LANES: 128, ...normConstants(folded, norm) },
    buffers: {
      hidden: hidden.buffer,
      norm: norm.weight.buffer,
      input_scales: asInput(folded).input_scales,
      weight: weight.parts[0].buffer,
      logits: logits.buffer,
    },
    workgroups: () => [Math.ceil(weight.rows / 2)],
  };
}

export interface Choice {
  route: GpuRoute;
  logits: GpuTensor;
  rule: { normalize: boolean; scale: number };
  /** Where it is kept: the row of the route's record. */
  layer: number;
}

/** Dense without a choice. */
export function gateUp(
  context: OpContext,
  input: QuantizedRow,
  norm: Norm,
  gate: GpuMatrix,
  up: GpuMatrix,
  choice: Choice | null,
  activated: QuantizedRow,
): Dispatch {
  const kept = choice && recordedChoice(choice.route, choice.layer);
  const used = choice?.route.expertsUsed ?? 1;
  const routing = choice && {
    EXPERTS: choice.route.expertCount,
    NORMALIZE: choice.rule.normalize ? 1 : 0,
    SCALE: choice.rule.scale,
  };
  return {
    kernel: kernels.gateUp1token,
    variant: { gate: weights(gate), up: weights(up), choice: choice ? 'choose_experts' : 'one_expert' },
    constants: {
      GROUPS: input.groups,
      TILES: tilesOf(gate.rows),
      BLOCKS_OUT: activated.groups * 16,
      SCALES_AT: activated.scalesAt,
      USED: used,
      ...routing,
      ...normConstants(input, norm),
      ...shape(context, input.width),
    },
    buffers: {
      ...asInput(input),
      gate: gate.parts[0].buffer,
      up: up.parts[0].buffer,
      router_logits: (choice?.logits ?? { buffer: context.step }).buffer,
      quantized: activated.buffer,
      ids: kept?.ids ?? context.createBuffer('noIds', 16),
      weights: kept?.weights ?? context.createBuffer('noWeights', 16),
    },
    workgroups: () => [tilesOf(gate.rows), used],
  };
}

export function down(
  context: OpContext,
  activated: QuantizedRow,
  weight: GpuMatrix,
  { route, layer }: Choice,
  hidden: GpuTensor,
  next: Norm,
  folded: QuantizedRow,
): Dispatch {
  const { ids, weights: shares } = recordedChoice(route, layer);
  return {
    kernel: kernels.down1token,
    variant: { weights: weights(weight) },
    constants: {
      GROUPS: activated.groups,
      ROWS: weight.rows,
      USED: route.expertsUsed,
      ...foldConstants(folded),
      ...shape(context, weight.columns * route.expertsUsed),
    },
    buffers: {
      ...asInput(activated),
      weight: weight.parts[0].buffer,
      ids,
      shares,
      norm: next.weight.buffer,
      hidden: hidden.buffer,
      quantized: folded.buffer,
    },
    workgroups: () => [tilesOf(weight.rows)],
  };
}
