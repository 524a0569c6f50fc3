// Dispatches of a single token that write its hidden state, and prepare it for the norm that comes next.
import * as kernels from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import { weightModules } from '../ops/weightedOps.ts';
import { mostAdditions } from '../routerWords.ts';
import type { GpuMatrix, GpuTensor, OpContext } from '../types.ts';
import { groupsOf, tilesOf } from '../weightLayouts.ts';
import { foldConstants, lanesFor, readerOf, type Norm } from './constants.ts';
import { asInput, type QuantizedRow } from './quantizedRow.ts';

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

/** The hidden state prepared for its norm, where none of the kernels that wrote it could. */
export function foldNorm(hidden: GpuTensor, norm: Norm, folded: QuantizedRow): Dispatch {
  return {
    kernel: kernels.foldNorm1token,
    constants: { COLUMNS: hidden.width, ...foldConstants(folded) },
    buffers: { hidden: hidden.buffer, norm: norm.weight.buffer, quantized: folded.buffer },
    workgroups: () => [tilesOf(hidden.width)],
  };
}

/** A router whose logits come to be while the hidden state is written. */
export interface RouterShares {
  readonly weight: GpuMatrix;
  /** Empty (gpu/routerWords.ts). */
  readonly words: GPUBuffer;
}

/** Whether the words of a logit have room for what the tiles of such a hidden state add. */
export const addsLogits = (hidden: GpuTensor): boolean => tilesOf(hidden.width) <= mostAdditions;

/** hidden += weight · input, prepared for the norm that comes next, and the router's shares of that. */
export function residual(
  context: OpContext,
  input: QuantizedRow,
  weight: GpuMatrix,
  hidden: GpuTensor,
  next: Norm,
  folded: QuantizedRow,
  router: RouterShares | null = null,
): Dispatch {
  return {
    kernel: router ? kernels.residualRouter1token : kernels.residual1token,
    variant: { weights: readerOf(weight) },
    constants: {
      GROUPS: input.groups,
      ROWS: weight.rows,
      ...(router && { EXPERTS: router.weight.rows }),
      ...foldConstants(folded),
      ...lanesFor(context, weight.columns),
    },
    buffers: {
      ...asInput(input),
      weight: weight.parts[0].buffer,
      norm: next.weight.buffer,
      hidden: hidden.buffer,
      quantized: folded.buffer,
      ...(router && { router: router.weight.parts[0].buffer, logit_words: router.words }),
    },
    workgroups: () => [tilesOf(weight.rows)],
  };
}
