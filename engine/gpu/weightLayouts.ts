// How each stored block type lies in a GPU matrix (kernels/shared/weights/weights_*.wgsl read it): tiles of 16 rows, groups of 256
// columns, and within a group planes of 16 bytes a row, so that 16 lanes, a row each, read 256 bytes in one go. The bits
// stay as stored; only their places change. A row's last group is filled up with zeros. Two ways to the same words: gpu/place on
// the CPU, kernels/place_rows.wgsl on the device.
import { EngineError } from '../errors.ts';
import { groupColumns, tileRows } from '../format/deviceLayout.ts';
import { tensorTypes, type TensorType } from '../format/tensorTypes.ts';
import { placeFloats, placeFloats16 } from './place/floats.ts';
import { placeIq4Nl, placeQ4_0, placeQ4_1, placeQ5_0, placeQ5_1, placeQ8_0 } from './place/blocks32.ts';
import { placeQ3K, placeQ4K, placeQ5K, placeQ6K } from './place/kQuants.ts';
import type { PlaceRow } from './place/placeRow.ts';
import type { WeightLayout } from './types.ts';

export interface TypeLayout {
  readonly layout: WeightLayout;
  /** 16-byte words of a group of a tile. */
  readonly groupWords: number;
  /** Integer dots can read it. */
  readonly packed: boolean;
  readonly place: PlaceRow;
  /** The WGSL module with which place_rows does the same on the device; null: only `place` does it. */
  readonly stored: string | null;
}

const layouts: Partial<Record<TensorType, TypeLayout>> = {
  F32: { layout: 'f32', groupWords: 1024, packed: false, place: placeFloats, stored: 'stored_f32' },
  F16: { layout: 'f16', groupWords: 512, packed: false, place: placeFloats16, stored: 'stored_f16' },
  BF16: { layout: 'bf16', groupWords: 512, packed: false, place: placeFloats16, stored: 'stored_f16' },
  Q8_0: { layout: 'q8_0', groupWords: 272, packed: true, place: placeQ8_0, stored: 'stored_q8_0' },
  Q4_0: { layout: 'q4_0', groupWords: 144, packed: true, place: placeQ4_0, stored: 'stored_q4_0' },
  Q4_1: { layout: 'q4_1', groupWords: 160, packed: true, place: placeQ4_1, stored: 'stored_q4_1' },
  Q5_0: { layout: 'q5_0', groupWords: 176, packed: true, place: placeQ5_0, stored: 'stored_q5_0' },
  Q5_1: { layout: 'q5_1', groupWords: 192, packed: true, place: placeQ5_1, stored: 'stored_q5_1' },
  Q3_K: { layout: 'q6_k', groupWords: 210, packed: true, place: placeQ3K, stored: null },
  Q4_K: { layout: 'q4_k', groupWords: 144, packed: true, place: placeQ4K, stored: 'stored_q4_k' },
  Q5_K: { layout: 'q5_k', groupWords: 176, packed: true, place: placeQ5K, stored: 'stored_q5_k' },
  Q6_K: { layout: 'q6_k', groupWords: 210, packed: true, place: placeQ6K, stored: 'stored_q6_k' },
  IQ4_NL: { layout: 'q8_0', groupWords: 272, packed: true, place: placeIq4Nl, stored: null },
};

/** @throws EngineError `unsupported-type` */
export function layoutOf(type: TensorType, label: string): TypeLayout {
  const layout = layouts[type];
  if (layout) return layout;
  throw new EngineError(
    'unsupported-type',
    `The GPU kernels cannot read the weight type ${type}, which this model uses (${label}).`,
  );
}

/** 16-byte words of a group of a tile. */
export const groupWordsOf = (layout: WeightLayout): number =>
  Object.values(layouts).find((type) => type.layout === layout)!.groupWords;

/** Layouts that integer dots can read. */
export const isPacked = (layout: WeightLayout): boolean => layout !== 'f32' && layout !== 'f16' && layout !== 'bf16';

export const groupsOf = (columns: number): number => Math.ceil(columns / groupColumns);
export const tilesOf = (rows: number): number => Math.ceil(rows / tileRows);

/** Puts all groups of row `row` of a tile in place; the tile starts at `tile` in `words`. */
export function placeRow(
  type: TensorType,
  { groupWords, place }: TypeLayout,
  source: Uint16Array,
  at: number,
  columns: number,
  words: Uint32Array,
  tile: number,
  row: number,
): void {
  const { values, bytes } = tensorTypes[type];
  const step = ((groupColumns / values) * bytes) / 2;
  let base = tile + row * 4;
  for (let left = columns; left > 0; left -= groupColumns) {
    place(source, at, Math.min(groupColumns, left), words, base, row);
    at += step;
    base += groupWords * 4;
  }
}
