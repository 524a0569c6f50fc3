// Dispatches of the operations that read weights: which form of a kernel (integer dots or float), which grid, one dispatch
// for each part of a split matrix.
import type { ProductPlace } from '../../backend/backend.ts';
import * as kernels from '../../kernels/registry.ts';
import { foldWorkgroups, type Dispatch } from '../dispatch.ts';
import type { Variant } from '../preprocess.ts';
import type { GpuMatrix, GpuTensor, OpContext, QuantizedForm } from '../types.ts';
import { groupsOf, isPacked, tilesOf } from '../weightLayouts.ts';
import { denseTiles, tileInput, tileModules, tilesFrom, tileWeightRows, type TileForm } from './tiles.ts';

/** How a workgroup of 16 · splits lanes shares a row's columns: each lane takes runs of `blocks` blocks of 32. */
export interface Shape {
  splits: number;
  blocks: number;
}

/** Few lanes where they run one after another anyway; on hardware, enough to keep many loads in flight. */
export function shapeFor({ features }: OpContext, columns: number): Shape {
  if (features.software) return { splits: 1, blocks: 8 };
  const blocks = groupsOf(columns) * 8;
  return { splits: Math.min(16, Math.max(1, blocks / 2)), blocks: 2 };
}

/** Tokens that share a block of weights in steps of many tokens. */
const manyTokens = 4;

/** How a kernel for few tokens takes its activations: as f32, or quantised. */
export type InputForm = 'float' | 'int8' | 'pairs';

/** The forms of an operation's input: in steps of few tokens, and in those that are for tiles. */
export interface InputForms {
  readonly few: InputForm;
  readonly tiles: TileForm | null;
}

/** The last step that is not for tiles. */
export const lastOfFew = ({ tiles }: InputForms, { maxTokens }: OpContext): number =>
  tiles ? tilesFrom - 1 : maxTokens;

/** The fastest form that all these weights can be multiplied in. */
export function inputForm(matrices: readonly GpuMatrix[], activations: 'int8' | 'float', software: boolean): InputForm {
  if (activations === 'float' || !matrices.every(({ layout }) => isPacked(layout))) return 'float';
  // Products of 8-bit weights do not fit the halves of a word.
  return software && matrices.every(({ layout }) => layout !== 'q8_0') ? 'pairs' : 'int8';
}

export interface InputSide {
  variant: Variant;
  constants: Record<string, number>;
  buffers: { input: GPUBuffer; input_scales: GPUBuffer };
}

/** The input side of a kernel that multiplies `matrices`. */
export function inputSide(
  { quantized, buffer, width, label }: GpuTensor,
  form: InputForm,
  matrices: readonly GpuMatrix[],
  { features }: OpContext,
): InputSide {
  const variant = inputModules(form, matrices, features.subgroups);
  const groups = groupsOf(width);
  if (form === 'float') {
    return {
      variant,
      constants: { GROUPS: groups, COLUMNS: width },
      buffers: { input: buffer, input_scales: buffer },
    };
  }
  const rows = quantized?.[form];
  if (!rows) throw new Error(`${label} has no ${form} form`);
  return { variant, constants: { GROUPS: groups }, buffers: { input: rows.values, input_scales: rows.scales } };
}

function inputModules(form: InputForm, matrices: readonly GpuMatrix[], subgroups: boolean): Variant {
  if (form !== 'pairs') return { input: `input_${form}` };
  const nibbles = matrices.every(({ layout }) => layout.startsWith('q4'));
  return {
    input: subgroups ? 'input_pairs_broadcast' : 'input_pairs',
    pair_sums: nibbles ? 'pair_sums_4' : 'pair_sums_6',
  };
}

/** The modules that read `matrix`, for integer arithmetic or as f32. */
export function weightModules(matrix: GpuMatrix, form: InputForm | TileForm, slot = 'weights'): Variant {
  const as = !isPacked(matrix.layout) ? 'as_stored' : form === 'float' ? 'as_values' : 'as_packed';
  return { [slot]: `weights_${matrix.layout}`, [`${slot}_form`]: as };
}

export function embed(table: GpuMatrix, hidden: GpuTensor, { step }: OpContext): Dispatch[] {
  const { rows, columns } = table;
  return table.parts.map((part) => ({
    kernel: kernels.embed,
    variant: weightModules(table, 'float'),
    constants: {
      COLUMNS: columns,
      GROUPS: groupsOf(columns),
      VOCABULARY: rows,
      FIRST_ROW: part.firstRow,
      ROWS: part.rows,
    },
    buffers: { step, table: part.buffer, hidden: hidden.buffer },
    workgroups: (tokens) => [Math.ceil(columns / (32 * 64)), tokens],
  }));
}

/** Fills a quantised form of a tensor from its f32 form. */
export function quantizeRows(
  tensor: GpuTensor,
  form: QuantizedForm,
  range: NonNullable<Dispatch['tokens']>,
): Dispatch[] {
  const { width, slots, extent, label } = tensor;
  const rows = tensor.quantized?.[form];
  if (!rows) throw new Error(`${label} has no room for a ${form} form`);
  const halves = form === 'halves';
  const lanesPerRow = groupsOf(width) * (halves ? 32 : 16);
  return [
    {
      kernel: halves ? kernels.halveRows : kernels.quantizeRows,
      variant: halves ? {} : { packing: `packing_${form}` },
      constants: { COLUMNS: width, GROUPS: groupsOf(width) },
      buffers: { input: tensor.buffer, values: rows.values, ...(halves ? {} : { scales: rows.scales }) },
      workgroups: (tokens) => foldWorkgroups(Math.ceil(((extent === 'last' ? 1 : tokens * slots) * lanesPerRow) / 64)),
      tokens: range,
    },
  ];
}

/** One form for a single token, one that unpacks each block of weights once for several; for steps of up to `last` tokens. */
export function tokenTiles(extent: 'tokens' | 'last', last: number) {
  if (extent === 'last') return [{ tile: 1, range: undefined, entries: () => 1 }];
  const few = { tile: 1, range: { from: 1, to: 1 }, entries: (tokens: number) => tokens };
  const many = {
    tile: manyTokens,
    range: { from: 2, to: last },
    entries: (tokens: number) => Math.ceil(tokens / manyTokens),
  };
  return last > 1 ? [few, many] : [few];
}

export function matmul(
  input: GpuTensor,
  weight: GpuMatrix,
  output: GpuTensor,
  place: ProductPlace,
  forms: InputForms,
  context: OpContext,
): Dispatch[] {
  const form = forms.few;
  const source = inputSide(input, form, [weight], context);
  const { splits, blocks } = shapeFor(context, weight.columns);
  const few = tokenTiles(input.extent, lastOfFew(forms, context)).flatMap(({ tile, range, entries }) =>
    weight.parts.map((part) => ({
      kernel: kernels.matmul,
      variant: { ...source.variant, ...weightModules(weight, form), token_tile: `token_tile_${tile}` },
      constants: {
        ...source.constants,
        ROWS: part.rows,
        STRIDE: output.width,
        COLUMN: (place.column ?? 0) + part.firstRow,
        ACCUMULATE: place.accumulate ? 1 : 0,
        SPLITS: splits,
        BLOCKS: blocks,
      },
      buffers: { ...source.buffers, weight: part.buffer, output: output.buffer },
      workgroups: (tokens: number) => grid(Math.ceil(tilesOf(part.rows) / 2), entries(tokens)),
      ...(range ? { tokens: range } : {}),
    })),
  );
  return forms.tiles ? [...few, ...matmulTiles(input, weight, output, place, forms.tiles, context)] : few;
}

function matmulTiles(
  input: GpuTensor,
  weight: GpuMatrix,
  output: GpuTensor,
  { column = 0, accumulate = false }: ProductPlace,
  form: TileForm,
  context: OpContext,
): Dispatch[] {
  const source = tileInput(input, form, context);
  return denseTiles(form, weight.rows, context).flatMap(({ size, tokens: range }) =>
    weight.parts.map((part) => ({
      kernel: kernels.matmulTiles,
      variant: { ...source.variant, ...weightModules(weight, form), ...tileModules(form, size) },
      constants: {
        ...source.constants,
        ROWS: part.rows,
        STRIDE: output.width,
        COLUMN: column + part.firstRow,
        ACCUMULATE: accumulate ? 1 : 0,
      },
      buffers: { ...source.buffers, weight: part.buffer, output: output.buffer },
      workgroups: (tokens: number) => [Math.ceil(part.rows / tileWeightRows), Math.ceil(tokens / size)],
      tokens: range,
    })),
  );
}

export function lastRow(input: GpuTensor, output: GpuTensor, { step }: OpContext): Dispatch[] {
  return [
    {
      kernel: kernels.lastRow,
      constants: { COLUMNS: input.width },
      buffers: { step, input: input.buffer, output: output.buffer },
      workgroups: () => [Math.ceil(input.width / 64)],
    },
  ];
}

export const grid = (tiles: number, entries: number): [number, number, number] => {
  const [x, , z] = foldWorkgroups(tiles);
  return [x, entries, z];
};
