// Dispatches of a single token from its normed hidden state to what attention leaves: q, k and v (and the head) by `project`, then
// norms of heads, RoPE, the write to the cache and attention in one.
import * as kernels from '../../kernels/registry.ts';
import { foldWorkgroups, type Dispatch } from '../dispatch.ts';
import { kvVariant } from '../kvVariant.ts';
import type { GpuKvLayer, GpuMatrix, GpuRopeTable, GpuTensor, GpuVector, OpContext } from '../types.ts';
import { tilesOf } from '../weightLayouts.ts';
import { lanesFor, normConstants, readerOf, type Norm } from './constants.ts';
import { asInput, type AttendedRow, type QuantizedRow } from './quantizedRow.ts';

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
    variant: { first: readerOf(first.matrix), second: readerOf(second.matrix), third: readerOf(third.matrix) },
    constants: {
      GROUPS: input.groups,
      FIRST_ROWS: rows(0),
      SECOND_ROWS: rows(1),
      THIRD_ROWS: rows(2),
      FIRST_COLUMN: first.column,
      SECOND_COLUMN: second.column,
      THIRD_COLUMN: third.column,
      ...normConstants(input, norm),
      ...lanesFor(context, input.width),
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
