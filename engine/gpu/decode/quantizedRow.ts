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
  /** In all. */
  readonly words: number;
}

/** Query heads of a workgroup of attention. */
const headsOfWorkgroup = 8;
const wordsInGroup = 64;
const scaleWordsInGroup = 32;

export function createQuantizedRow(context: OpContext, label: string, width: number, slots = 1): QuantizedRow {
  const place = placesOf(width, slots);
  return { buffer: context.createBuffer(label, place.words * 4), ...place };
}

function placesOf(width: number, slots: number): Omit<QuantizedRow, 'buffer'> {
  const groups = groupsOf(width);
  const scalesAt = slots * groups * wordsInGroup;
  const sumsAt = scalesAt + slots * groups * scaleWordsInGroup;
  return { width, groups, scalesAt, sumsAt, words: sumsAt + Math.ceil(tilesOf(width) / 4) * 4 };
}

/** What attention leaves, and behind it the words by which its workgroups hand their parts on (shared/attention/split_parts.wgsl). */
export interface AttendedRow extends QuantizedRow {
  /** Words before what counts the workgroups of each KV head (and block of its query heads), and before the parts. */
  readonly arrivalsAt: number;
  readonly partsAt: number;
}

export function createAttendedRow(
  context: OpContext,
  { headCount, headDim, splits }: { headCount: number; headDim: number; splits: number },
): AttendedRow {
  const place = placesOf(headCount * headDim, 1);
  const arrivalsAt = place.words;
  const partsAt = arrivalsAt + headCount * (1 + headsOfWorkgroup);
  const words = partsAt + headCount * splits * (headDim + 2);
  return { buffer: context.createBuffer('attended.row', words * 4), ...place, arrivalsAt, partsAt };
}

/** The two bindings of shared/activations/row_int8.wgsl. A group's words are 256 bytes, so the offset is always aligned. */
export function asInput({ buffer, scalesAt, words }: QuantizedRow): { input: BufferRange; input_scales: BufferRange } {
  return {
    input: { buffer, offset: 0, size: scalesAt * 4 },
    input_scales: { buffer, offset: scalesAt * 4, size: (words - scalesAt) * 4 },
  };
}
