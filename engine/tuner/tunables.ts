// Which kernels can be tuned: the constants that decide nothing but speed, and the values worth trying. At most 20 candidates a
// kernel; each must hold for every shape that `candidates` is asked for, because a stored choice is checked against them.
import type { Dispatch } from '../gpu/dispatch.ts';
import type { Choice } from './table.ts';

export const mostCandidates = 20;

/** What of a device bounds the candidates. */
export type TuningLimits = Pick<GPUSupportedLimits, 'maxComputeInvocationsPerWorkgroup'>;

/** How a bound buffer is compared: floats, whole numbers, or int8 blocks with scales (gpu/decode/quantizedRow.ts). */
export type OutputForm = 'f32' | 'u32' | 'row';

export interface Tunable {
  /** What a choice sets. */
  constants: readonly string[];
  candidates(dispatch: Dispatch, limits: TuningLimits): Choice[];
  /** Bindings that tell a right candidate from a wrong one. */
  outputs: Readonly<Record<string, OutputForm>>;
  /** Where the grid depends on the choice. */
  workgroups?: (dispatch: Dispatch, choice: Choice) => Dispatch['workgroups'];
}

const constant = ({ constants = {} }: Dispatch, name: string): number => constants[name] ?? 1;

/** 16 · SPLITS lanes share rows by runs of BLOCKS blocks of 32 columns; more lanes than runs would have nothing to do. */
function rowShapes(splits: readonly number[]): Tunable['candidates'] {
  return (dispatch, { maxComputeInvocationsPerWorkgroup }) => {
    const blocks = constant(dispatch, 'GROUPS') * 8;
    // Only down takes the rows of all experts one after another.
    const rows = dispatch.kernel.name.startsWith('down') ? constant(dispatch, 'USED') : 1;
    return splits.flatMap((SPLITS) =>
      [1, 2, 4, 8]
        .filter((BLOCKS) => SPLITS <= (blocks / BLOCKS) * rows && SPLITS * 16 <= maxComputeInvocationsPerWorkgroup)
        .map((BLOCKS) => ({ SPLITS, BLOCKS })),
    );
  };
}

const rowsOfOne = { constants: ['SPLITS', 'BLOCKS'], candidates: rowShapes([4, 8, 16, 32, 64]) };
const rowsOfSeveral = { constants: ['SPLITS', 'BLOCKS'], candidates: rowShapes([1, 2, 4, 8, 16]) };

export const tunables: Readonly<Record<string, Tunable>> = {
  project_1token: { ...rowsOfOne, outputs: { output: 'f32' } },
  residual_1token: { ...rowsOfOne, outputs: { hidden: 'f32', quantized: 'row' } },
  gate_up_1token: { ...rowsOfOne, outputs: { quantized: 'row', ids: 'u32', weights: 'f32' } },
  down_1token: { ...rowsOfOne, outputs: { hidden: 'f32', quantized: 'row' } },
  router_1token: {
    constants: ['LANES'],
    candidates: (_, { maxComputeInvocationsPerWorkgroup }) =>
      [16, 32, 64, 128, 256, 512]
        .filter((LANES) => 2 * LANES <= maxComputeInvocationsPerWorkgroup)
        .map((LANES) => ({ LANES })),
    outputs: { logits: 'f32' },
  },
  attention_1token: {
    constants: ['SPLITS'],
    // Its room for parts is that of the usual choice.
    candidates: (dispatch) =>
      [4, 8, 16, 32, 64].filter((SPLITS) => SPLITS <= constant(dispatch, 'SPLITS')).map((SPLITS) => ({ SPLITS })),
    workgroups:
      (dispatch, { SPLITS }) =>
      (tokens) => [dispatch.workgroups(tokens)[0], SPLITS],
    outputs: { attended: 'row' },
  },
  matmul: { ...rowsOfSeveral, outputs: { output: 'f32' } },
  gate_up: { ...rowsOfSeveral, outputs: { output: 'f32' } },
  down: { ...rowsOfSeveral, outputs: { hidden: 'f32' } },
  down_slots: { ...rowsOfSeveral, outputs: { products: 'f32' } },
};
