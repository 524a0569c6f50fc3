// Kernels of tiles, for steps of many tokens: a workgroup takes 128 rows of weights and a tile of rows of activations. Which
// form of the kernels, and how many rows a tile has for how many tokens; their dispatches stand beside those for few tokens.
import type { Dispatch } from '../dispatch.ts';
import type { Variant } from '../preprocess.ts';
import type { GpuMatrix, GpuTensor, OpContext } from '../types.ts';
import { groupsOf, isPacked } from '../weightLayouts.ts';

/** int8: integer dots. halves: matrix units. float: exact activations, and weights that are floats. */
export type TileForm = 'int8' | 'halves' | 'float';

/** Steps of so many tokens and more are for tiles. */
export const tilesFrom = 32;

/** Weight rows of a workgroup. */
export const tileWeightRows = 128;

/** Rows of activations that a tile may have. */
export const tileSizes: Readonly<Record<TileForm, readonly number[]>> = {
  int8: [16, 32, 64],
  halves: [32, 64, 128],
  float: [16, 32],
};

/** Workgroups that keep a large GPU busy: below it, smaller tiles are worth their cost. */
const wantedWorkgroups = 200;
/** Bytes of workgroup memory of tile_float with 32 rows. */
const floatMemory = 23_040;

/** Tiles of `size` rows in steps of `tokens`. */
export interface TileRange {
  readonly size: number;
  readonly tokens: { readonly from: number; readonly to: number };
}

/** The form that these matrices have tiles in; null where they have none. */
export function tileForm(
  matrices: readonly GpuMatrix[],
  activations: 'int8' | 'float',
  context: OpContext,
): TileForm | null {
  const { features, device, maxTokens } = context;
  if (features.software || maxTokens < tilesFrom) return null;
  if (!matrices.every(({ rows, columns }) => rows % 4 === 0 && columns % 4 === 0)) return null;
  if (activations === 'int8' && matrices.every(({ layout }) => isPacked(layout)))
    return features.matrices ? 'halves' : 'int8';
  return device.limits.maxComputeWorkgroupStorageSize >= floatMemory ? 'float' : null;
}

/** For a matrix that all tokens go through: the largest tiles that still make enough workgroups. */
export function denseTiles(form: TileForm, rows: number, { maxTokens }: OpContext): TileRange[] {
  const rowTiles = Math.ceil(rows / tileWeightRows);
  return rangesOf(form, maxTokens, (tokens, size) => rowTiles * Math.ceil(tokens / size) >= wantedWorkgroups);
}

/** For experts: the largest tiles that an expert fills on average. */
export function expertTiles(form: TileForm, expertCount: number, expertsUsed: number, context: OpContext): TileRange[] {
  return rangesOf(form, context.maxTokens, (tokens, size) => (tokens * expertsUsed) / expertCount >= size);
}

function rangesOf(form: TileForm, maxTokens: number, pays: (tokens: number, size: number) => boolean): TileRange[] {
  const [smallest] = tileSizes[form];
  const ranges: TileRange[] = [];
  for (let tokens = tilesFrom; tokens <= maxTokens; tokens++) {
    const size = tileSizes[form].findLast((size) => pays(tokens, size)) ?? smallest;
    const last = ranges.at(-1);
    if (last?.size === size) ranges[ranges.length - 1] = { size, tokens: { from: last.tokens.from, to: tokens } };
    else ranges.push({ size, tokens: { from: tokens, to: tokens } });
  }
  return ranges;
}

/** The modules of a tile of `size` rows. */
export const tileModules = (form: TileForm, size: number): Variant => ({
  tile_of: `tile_of_${size}`,
  ...(form === 'halves' ? { share: `share_${size / 32}` } : {}),
});

/** The input side of a kernel of tiles. */
export function tileInput(
  { quantized, buffer, width, label }: GpuTensor,
  form: TileForm,
  { features }: OpContext,
): { variant: Variant; constants: Record<string, number>; buffers: Dispatch['buffers'] } {
  const groups = groupsOf(width);
  const variant = { tile: `tile_${form}` };
  if (form === 'float')
    return {
      variant,
      constants: { GROUPS: groups, COLUMNS: width },
      buffers: { input: buffer, input_scales: buffer },
    };
  const rows = quantized?.[form];
  if (!rows) throw new Error(`${label} has no ${form} form`);
  return {
    variant: form === 'halves' ? { ...variant, fragments: `fragments_${features.matrices}` } : variant,
    constants: { GROUPS: groups },
    buffers: { input: rows.values, input_scales: rows.scales },
  };
}
