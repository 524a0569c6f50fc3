// Which kernels can be tuned: the constants that decide nothing but speed, and the values worth trying. At most 20 candidates a
// kernel; each must hold for every shape that `candidates` is asked for, because a stored choice is checked against them.
//
// Kernels of tiles (*_tiles, attention_matrices) have no such constants. Rows of a tile and lanes are modules of their text, because
// registers, fragments and workgroup memory follow from them; those of experts also decide how group_slots lays out the slots that
// several launches read. gpu/ops/tiles.ts takes one of at most three by the number of tokens.
import type { Dispatch } from '../gpu/dispatch.ts';
import type { Choice } from './table.ts';

export const mostCandidates = 20;

/** What of a device bounds the candidates. */
export type TuningLimits = Pick<GPUSupportedLimits, 'maxComputeInvocationsPerWorkgroup'>;

/**
 * How a bound buffer is compared: floats, whole numbers, int8 blocks with scales (gpu/decode/quantizedRow.ts), or a router's logits in
 * fixed point (gpu/routerWords.ts).
 */
export type OutputForm = 'f32' | 'u32' | 'row' | 'words';

export interface Output {
  form: OutputForm;
  /** Values that a step of one token writes; left out: all of the buffer. Tensors have room for the longest step. */
  ofOne?: (dispatch: Dispatch) => number;
}

export interface Tunable {
  /** What a choice sets. */
  constants: readonly string[];
  candidates(dispatch: Dispatch, limits: TuningLimits): Choice[];
  /** Bindings that tell a right candidate from a wrong one. */
  outputs: Readonly<Record<string, Output>>;
  /** Constants that only say where something lies, and differ with the length of the context: no part of the shape. */
  places?: readonly string[];
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

const row: Output = { form: 'row' };
/** As many floats a token as the product of these constants. */
const floats = (...names: string[]): Output => ({
  form: 'f32',
  ofOne: (dispatch) => names.reduce((product, name) => product * constant(dispatch, name), 1),
});
/** Up to three matrices side by side. */
const projected: Output = {
  form: 'f32',
  ofOne: (dispatch) =>
    Math.max(
      ...['FIRST', 'SECOND', 'THIRD'].map(
        (part) => constant(dispatch, `${part}_COLUMN`) + constant(dispatch, `${part}_ROWS`),
      ),
    ),
};

export const tunables: Readonly<Record<string, Tunable>> = {
  project_1token: { ...rowsOfOne, outputs: { output: projected } },
  residual_1token: { ...rowsOfOne, outputs: { hidden: floats('ROWS'), quantized: row } },
  residual_router_1token: {
    ...rowsOfOne,
    outputs: { hidden: floats('ROWS'), quantized: row, logit_words: { form: 'words' } },
  },
  gate_up_1token: { ...rowsOfOne, outputs: { quantized: row, ids: { form: 'u32' }, weights: { form: 'f32' } } },
  down_1token: { ...rowsOfOne, outputs: { hidden: floats('ROWS'), quantized: row } },
  router_1token: {
    constants: ['LANES'],
    candidates: (_, { maxComputeInvocationsPerWorkgroup }) =>
      [16, 32, 64, 128, 256, 512]
        .filter((LANES) => 2 * LANES <= maxComputeInvocationsPerWorkgroup)
        .map((LANES) => ({ LANES })),
    outputs: { logits: floats('EXPERTS') },
  },
  attention_1token: {
    constants: ['SPLITS'],
    // Its room for parts is that of the usual choice.
    candidates: (dispatch) =>
      [4, 8, 16, 32, 64].filter((SPLITS) => SPLITS <= constant(dispatch, 'SPLITS')).map((SPLITS) => ({ SPLITS })),
    workgroups:
      (dispatch, { SPLITS }) =>
      (tokens) => [dispatch.workgroups(tokens)[0], SPLITS],
    outputs: { attended: row },
    places: ['SIN_AT'],
  },
  matmul: { ...rowsOfSeveral, outputs: { output: floats('STRIDE') } },
  gate_up: { ...rowsOfSeveral, outputs: { output: floats('ROWS', 'USED') } },
  down: { ...rowsOfSeveral, outputs: { hidden: floats('ROWS') } },
  down_slots: { ...rowsOfSeveral, outputs: { products: { form: 'f32' } } },
};
