// The int8 rows of engine/gpu/decode on the host: written for a kernel to read, read back, and compared with what they stand for.
import { expect } from 'vitest';
import { createQuantizedRow, type QuantizedRow } from '../../engine/gpu/decode/quantizedRow.ts';
import { relativeError, type KernelBench } from './kernels.ts';
import { throughInt8 } from './randomWeights.ts';

const blockColumns = 16;

/** [slots, width] as the kernels of single tokens leave them; `squares`: Σ of squares of each tile of 16, of a folded norm. */
export function writeRow(
  bench: KernelBench,
  values: Float32Array,
  slots = 1,
  squares: Float32Array = new Float32Array(0),
): { row: QuantizedRow; rounded: Float32Array } {
  const width = values.length / slots;
  const row = createQuantizedRow(bench.context, 'row', width, slots);
  const words = new Uint32Array(row.buffer.size / 4);
  const bytes = new Int8Array(words.buffer);
  const floats = new Float32Array(words.buffer);
  const rounded = throughInt8(values, width);
  for (let slot = 0; slot < slots; slot++) {
    for (let column = 0; column < width; column += blockColumns) {
      const from = slot * width + column;
      const to = Math.min(from + blockColumns, (slot + 1) * width);
      const scale = largestOf(values.subarray(from, to)) / 127;
      const integers = Array.from(rounded.subarray(from, to), (value) => Math.round(value / scale || 0));
      const block = slot * row.groups * 16 + column / blockColumns;
      bytes.set(integers, block * blockColumns);
      floats[row.scalesAt + 2 * block] = scale;
      floats[row.scalesAt + 2 * block + 1] = scale * integers.reduce((sum, value) => sum + value, 0);
    }
  }
  floats.set(squares, row.sumsAt);
  bench.device.queue.writeBuffer(row.buffer, 0, words);
  return { row, rounded };
}

/** A hidden state whose norm is folded into what reads it: hidden ⊙ weight in int8, and its squares. */
export function writeFolded(bench: KernelBench, hidden: Float32Array, weight: Float32Array, epsilon: number) {
  const { row, rounded } = writeRow(
    bench,
    Float32Array.from(hidden, (value, i) => value * weight[i]),
    1,
    tileSquares(hidden),
  );
  const squares = hidden.reduce((sum, value) => sum + value * value, 0);
  const scale = 1 / Math.sqrt(squares / hidden.length + epsilon);
  return { row, normed: rounded.map((value) => value * scale) };
}

export function tileSquares(hidden: Float32Array): Float32Array {
  const sums = new Float32Array(Math.ceil(hidden.length / blockColumns));
  hidden.forEach((value, i) => (sums[Math.floor(i / blockColumns)] += value * value));
  return sums;
}

export interface StoredRow {
  /** [slots, width] */
  values: Float32Array;
  words: Uint32Array;
}

export async function readRow(bench: KernelBench, row: QuantizedRow, slots = 1): Promise<StoredRow> {
  const words = await bench.words(row.buffer);
  const bytes = new Int8Array(words.buffer);
  const floats = new Float32Array(words.buffer);
  const values = new Float32Array(slots * row.width);
  for (let i = 0; i < values.length; i++) {
    const [slot, column] = [Math.floor(i / row.width), i % row.width];
    const at = slot * row.groups * 256 + column;
    values[i] = bytes[at] * floats[row.scalesAt + 2 * Math.floor(at / blockColumns)];
  }
  return { values, words };
}

/**
 * Each block holds `expected` as well as int8 can: its scale is that of its largest value, to `tolerance` of the largest of
 * the slot; its values are off by half a step at most, its sum is that of its values.
 */
export async function expectRow(
  bench: KernelBench,
  row: QuantizedRow,
  expected: Float32Array,
  slots = 1,
  tolerance = 1e-5,
): Promise<void> {
  const { values, words } = await readRow(bench, row, slots);
  const bytes = new Int8Array(words.buffer);
  const floats = new Float32Array(words.buffer);
  const { width, groups, scalesAt } = row;
  for (let slot = 0; slot < slots; slot++) {
    const allowed = tolerance * largestOf(expected.subarray(slot * width, (slot + 1) * width));
    for (let column = 0; column < width; column += blockColumns) {
      const from = slot * width + column;
      const to = Math.min(from + blockColumns, (slot + 1) * width);
      const block = slot * groups * 16 + column / blockColumns;
      const where = `slot ${slot}, column ${column}`;
      const [scale, sum] = floats.subarray(scalesAt + 2 * block, scalesAt + 2 * block + 2);
      const step = largestOf(expected.subarray(from, to)) / 127;
      expect(Math.abs(scale - step) * 127, `${where}: scale`).toBeLessThanOrEqual(allowed);
      const integers = bytes.subarray(block * blockColumns, (block + 1) * blockColumns);
      expect(Math.abs(sum - scale * integers.reduce((all, value) => all + value, 0)), `${where}: sum`).toBeLessThanOrEqual(1e-6 * 16 * 127 * scale); // prettier-ignore
      for (let i = from; i < to; i++)
        expect(Math.abs(values[i] - expected[i]), `${where}: value`).toBeLessThanOrEqual(0.5 * scale + 2 * allowed);
      expect(
        [...integers.subarray(to - from)].every((value) => value === 0),
        `${where}: beyond the end`,
      ).toBe(true);
    }
    const used = Math.ceil(width / blockColumns) * blockColumns;
    const rest = bytes.subarray(slot * groups * 256 + used, (slot + 1) * groups * 256);
    expect(rest.every((value) => value === 0)).toBe(true);
  }
}

/** What a write to the hidden state leaves for the norm after it. */
export async function expectFolded(
  bench: KernelBench,
  folded: QuantizedRow,
  hidden: Float32Array,
  weight: Float32Array,
): Promise<void> {
  await expectRow(bench, folded, hidden.map((value, i) => value * weight[i])); // prettier-ignore
  const squares = new Float32Array((await readRow(bench, folded)).words.buffer).subarray(folded.sumsAt);
  const expected = tileSquares(hidden);
  expect(relativeError(squares.subarray(0, expected.length), expected)).toBeLessThan(1e-5);
  expect(squares.subarray(expected.length).every((sum) => sum === 0)).toBe(true);
}

const largestOf = (values: Float32Array): number =>
  values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
