// How weights and activations lie on a GPU, in numbers: the GPU back end goes by them, and what a model will need is reckoned
// from them (memoryNeeds.ts).
import type { CheckpointTensor } from './checkpoint.ts';
import { tensorTypes, type TensorType } from './tensorTypes.ts';

/** A matrix lies in tiles of so many rows, and a row in groups of so many columns; the last of each are filled up. */
export const tileRows = 16;
export const groupColumns = 256;

/** Tensors have room for a multiple of this many tokens, so that kernels that take several at a time check no end. */
export const rowPadding = 8;

/** Bytes of an upload at a time, and how many such chunks go round on the host. */
export const uploadChunkBytes = 4 * 2 ** 20;
export const uploadChunks = 3;

/** Types that the kernels read in a wider form than the file's (gpu/weightLayouts.ts): bytes of 256 values. */
const widened: Partial<Record<TensorType, number>> = { Q3_K: 210, IQ4_NL: 272 };

/** Bytes of a tensor on the GPU: matrices in tiles and groups, vectors as f32. */
export function deviceBytes({ type, shape }: Pick<CheckpointTensor, 'type' | 'shape'>): number {
  if (shape.length === 1) return shape[0] * 4;
  const columns = shape[shape.length - 1];
  const rows = shape[shape.length - 2];
  const slabs = shape.length === 3 ? shape[0] : 1;
  const { values, bytes } = tensorTypes[type];
  const groupBytes = widened[type] ?? (groupColumns / values) * bytes;
  return slabs * Math.ceil(rows / tileRows) * tileRows * Math.ceil(columns / groupColumns) * groupBytes;
}
