// Matrices of random blocks of any type, with scales of a sensible size, and a GPU back end to put them in.
import type { Matrix, MatrixSpec } from '../../engine/backend/backend.ts';
import { dequantizeRows } from '../../engine/format/dequantize/dequantizeRows.ts';
import { rowBytes, tensorTypes, type TensorType } from '../../engine/format/tensorTypes.ts';
import { GpuBackend, type GpuBackendOptions } from '../../engine/gpu/gpuBackend.ts';
import type { GpuTensor } from '../../engine/gpu/types.ts';
import { randomNumbers } from './randomModel.ts';

/** Byte offsets of the f16 scales of a block. */
const scaleOffsets: Partial<Record<TensorType, number[]>> = {
  Q8_0: [0],
  Q4_0: [0],
  Q4_1: [0, 2],
  Q5_0: [0],
  Q5_1: [0, 2],
  Q3_K: [108],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
  IQ4_NL: [0],
};

export interface RandomWeights {
  type: TensorType;
  slabs: number;
  rows: number;
  columns: number;
  bytes: Uint8Array;
  /** [slabs, rows, columns] */
  values: Float32Array;
}

export function randomWeights(type: TensorType, rows: number, columns: number, slabs = 1, seed = 1): RandomWeights {
  const random = randomNumbers(seed);
  const count = slabs * rows * columns;
  const bytes = new Uint8Array(slabs * rows * rowBytes(type, columns));
  const view = new DataView(bytes.buffer);
  const { bytes: blockBytes, values: blockValues } = tensorTypes[type];
  if (type === 'F32') {
    for (let i = 0; i < count; i++) view.setFloat32(i * 4, random(), true);
  } else if (type === 'BF16' || type === 'F16') {
    // Between 2⁻² and 2² in magnitude, either sign.
    const exponent = type === 'F16' ? () => (13 + Math.floor((random() + 1) * 2)) << 10 : () => 0x3e80;
    const mantissa = type === 'F16' ? 0x3ff : 0xff;
    for (let i = 0; i < count; i++) {
      const sign = random() < 0 ? 0x8000 : 0;
      view.setUint16(i * 2, sign | (exponent() + Math.floor(((random() + 1) / 2) * mantissa)), true);
    }
  } else {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor((random() + 1) * 128);
    for (let block = 0; block < count / blockValues; block++) {
      // f16 between 2⁻⁶ and 2⁻⁵
      for (const offset of scaleOffsets[type] ?? [])
        view.setUint16(block * blockBytes + offset, 0x2400 + Math.floor((random() + 1) * 0x1ff), true);
    }
  }
  const values = new Float32Array(count);
  dequantizeRows(type, bytes, values);
  return { type, slabs, rows, columns, bytes, values };
}

/** Streams the matrix in, a few rows at a time. */
export async function upload(
  backend: GpuBackend,
  weights: Omit<RandomWeights, 'values'> & Pick<MatrixSpec, 'quantize'>,
  rowsAtOnce = 7,
): Promise<Matrix> {
  const { bytes, ...spec } = weights;
  const { type, slabs, rows, columns } = spec;
  const writer = backend.createMatrix({ label: type, ...spec });
  const stored = rowBytes(type, columns);
  for (let row = 0; row < slabs * rows; row += rowsAtOnce)
    await writer.write(bytes.subarray(row * stored, Math.min(slabs * rows, row + rowsAtOnce) * stored), row);
  return writer.finish();
}

export interface TestBackendOptions extends Partial<GpuBackendOptions> {
  /** Launch as on hardware: rows shared out over several lanes. Default false. */
  hardware?: boolean;
  /** Use them where the device has them. Default true. */
  subgroups?: boolean;
  /** What multiplies halves. Default: nothing, so that no kernel takes them. */
  matrices?: 'units' | 'lanes';
}

/** A back end on a test's device; the device stays when the test ends. */
export function testBackend(device: GPUDevice, options: TestBackendOptions = {}): Promise<GpuBackend> {
  const { hardware = false, subgroups = true, matrices, ...rest } = options;
  const features = {
    subgroups: subgroups && device.features.has('subgroups'),
    integerDot: true,
    software: !hardware,
    ...(matrices && { matrices }),
  };
  return GpuBackend.open({ device, name: 'test', features }, { maxTokens: 12, activations: 'float', ...rest });
}

export function fill(device: GPUDevice, tensor: GpuTensor, values: Float32Array): void {
  device.queue.writeBuffer(tensor.buffer, 0, values as Float32Array<ArrayBuffer>);
}

/** Values in −1…1, now and then a larger one, as activations have. */
export function randomActivations(count: number, seed = 2): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length: count }, (_, i) => random() * (i % 97 === 0 ? 8 : 1));
}

/** The largest difference, as a share of the largest expected value. */
export function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  let worst = 0;
  if (actual.length !== expected.length) throw new Error(`${actual.length} values instead of ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    const difference = Math.abs(actual[i] - expected[i]);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return worst / largest;
}

/** What quantize_rows does to a row, and back: int8 in blocks of 16. */
export function throughInt8(values: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < values.length; row += columns) {
    for (let first = 0; first < columns; first += 16) {
      const block = values.subarray(row + first, row + Math.min(first + 16, columns));
      const largest = Math.fround(block.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
      const scale = Math.fround(largest / 127);
      const inverse = Math.fround(127 / largest);
      block.forEach((value, i) => {
        out[row + first + i] = largest === 0 ? 0 : scale * roundToEven(Math.fround(value * inverse));
      });
    }
  }
  return out;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
