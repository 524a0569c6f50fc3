// The int8 activations of a single token in one buffer, so that a kernel that writes them needs one binding: blocks of 16, their
// scales, and, of a folded norm, Σ hidden² of each tile. Kernels that read bind it twice, as blocks and as scales.
import type { BufferRange, OpContext } from '../types.ts';
import { groupsOf, tilesOf } from '../weightLayouts.ts';

export interface QuantizedRow {
  readonly buffer: GPUBuffer;
  readonly width: number;
  /** Of 256 columns in a slot. */
  readonly groups: number;
  /** Words before the scales, and before the sums. */
  readonly scalesAt: number;
  readonly sumsAt: number;
}

const wordsInGroup = 64;
const scaleWordsInGroup = 32;

export function createQuantizedRow(context: OpContext, label: string, width: number, slots = 1): QuantizedRow {
  const groups = groupsOf(width);
  const scalesAt = slots * groups * wordsInGroup;
  const sumsAt = scalesAt + slots * groups * scaleWordsInGroup;
  const sums = Math.ceil(tilesOf(width) / 4) * 4;
  return { buffer: context.createBuffer(label, (sumsAt + sums) * 4), width, groups, scalesAt, sumsAt };
}

/** The two bindings of shared/row_int8.wgsl. A group's words are 256 bytes, so the offset is always aligned. */
export function asInput({ buffer, scalesAt }: QuantizedRow): { input: BufferRange; input_scales: BufferRange } {
  return {
    input: { buffer, offset: 0, size: scalesAt * 4 },
    input_scales: { buffer, offset: scalesAt * 4, size: buffer.size - scalesAt * 4 },
  };
}
