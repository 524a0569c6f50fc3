// What the kernels for single tokens (kernels/*_1token.wgsl) have in common: overrides that several of them take, by the same names.
import type { GpuMatrix, GpuVector, OpContext } from '../types.ts';
import { groupsOf } from '../weightLayouts.ts';
import type { QuantizedRow } from './quantizedRow.ts';

/**
 * An RMSNorm that its consumers finish: its input comes to them with the weight in it, as int8 (QuantizedRow), and they multiply their
 * sums by 1/rms.
 */
export interface Norm {
  readonly weight: GpuVector;
  readonly epsilon: number;
}

/** SPLITS: lanes that share a row of `columns`; BLOCKS: blocks of 32 columns that a lane takes in one go. */
export function lanesFor({ device, features }: OpContext, columns: number): { SPLITS: number; BLOCKS: number } {
  if (features.software) return { SPLITS: 2, BLOCKS: 4 };
  const most = device.limits.maxComputeInvocationsPerWorkgroup / 16;
  const blocks = groupsOf(columns) * 8;
  return { SPLITS: Math.min(most, 32, Math.max(1, blocks / 2)), BLOCKS: 2 };
}

/** With which a consumer finishes the norm of its input. */
export const normConstants = (row: QuantizedRow, { epsilon }: Norm) => ({ NORM_WIDTH: row.width, EPSILON: epsilon });

/** Where a kernel that writes the hidden state puts scales and sums of squares for the norm after it. */
export const foldConstants = ({ scalesAt, sumsAt }: QuantizedRow) => ({ SCALES_AT: scalesAt, SUMS_AT: sumsAt });

/** The module that reads a matrix's blocks (kernels/shared/weights). */
export const readerOf = ({ layout }: GpuMatrix) => `weights_${layout}`;
