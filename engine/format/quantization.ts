// The name that people know a mix of tensor types by. For showing only: what is read is each tensor's own type.
import type { CheckpointTensor } from './checkpoint.ts';

const fileTypes: Record<number, string> = {
  0: 'F32', 1: 'F16', 2: 'Q4_0', 3: 'Q4_1', 7: 'Q8_0', 8: 'Q5_0', 9: 'Q5_1', 10: 'Q2_K', 11: 'Q3_K_S', 12: 'Q3_K_M',
  13: 'Q3_K_L', 14: 'Q4_K_S', 15: 'Q4_K_M', 16: 'Q5_K_S', 17: 'Q5_K_M', 18: 'Q6_K', 25: 'IQ4_NL', 30: 'IQ4_XS',
  32: 'BF16', 38: 'MXFP4',
}; // prettier-ignore

/** Of GGUF's general.file_type. */
export const quantizationOfFileType = (fileType: number | null): string | undefined =>
  fileType === null ? undefined : fileTypes[fileType];

/** The type that most bytes have. */
export function quantizationOfTensors(tensors: Iterable<CheckpointTensor>): string {
  const bytes = new Map<string, number>();
  for (const { type, byteLength } of tensors) bytes.set(type, (bytes.get(type) ?? 0) + byteLength);
  return [...bytes].sort((left, right) => right[1] - left[1])[0]?.[0] ?? '';
}
