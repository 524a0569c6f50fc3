// The block types of spec 2.1 and 2.2 by name: how many values a block holds and in how many bytes.

export type TensorType =
  | 'F32' | 'F16' | 'BF16'
  | 'Q8_0' | 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q5_1'
  | 'Q2_K' | 'Q3_K' | 'Q4_K' | 'Q5_K' | 'Q6_K'
  | 'IQ4_NL' | 'IQ4_XS' | 'MXFP4'; // prettier-ignore

/** `id` is ggml's; values a block; bytes a block. */
export const tensorTypes: Record<TensorType, { id: number; values: number; bytes: number }> = {
  F32: { id: 0, values: 1, bytes: 4 },
  F16: { id: 1, values: 1, bytes: 2 },
  Q4_0: { id: 2, values: 32, bytes: 18 },
  Q4_1: { id: 3, values: 32, bytes: 20 },
  Q5_0: { id: 6, values: 32, bytes: 22 },
  Q5_1: { id: 7, values: 32, bytes: 24 },
  Q8_0: { id: 8, values: 32, bytes: 34 },
  Q2_K: { id: 10, values: 256, bytes: 84 },
  Q3_K: { id: 11, values: 256, bytes: 110 },
  Q4_K: { id: 12, values: 256, bytes: 144 },
  Q5_K: { id: 13, values: 256, bytes: 176 },
  Q6_K: { id: 14, values: 256, bytes: 210 },
  IQ4_NL: { id: 20, values: 32, bytes: 18 },
  IQ4_XS: { id: 23, values: 256, bytes: 136 },
  BF16: { id: 30, values: 1, bytes: 2 },
  MXFP4: { id: 39, values: 32, bytes: 17 },
};

const byId = new Map(Object.entries(tensorTypes).map(([name, { id }]) => [id, name as TensorType]));

/** The type of a ggml id, or undefined for one that no reader here knows. */
export const tensorTypeOfId = (id: number): TensorType | undefined => byId.get(id);

/** Bytes of a row of `columns` values; `columns` must be a whole number of blocks. */
export function rowBytes(type: TensorType, columns: number): number {
  const { values, bytes } = tensorTypes[type];
  return (columns / values) * bytes;
}
