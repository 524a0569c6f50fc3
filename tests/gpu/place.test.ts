// Stored rows re-laid on the device (place_rows) against the same done by the CPU (gpu/place): the same words, all of them.
import { describe, expect, test } from 'vitest';
import type { MatrixSpec, MatrixWriter } from '../../engine/backend/backend.ts';
import type { TensorType } from '../../engine/format/tensorTypes.ts';
import { Buffers } from '../../engine/gpu/buffers.ts';
import { MatrixTarget } from '../../engine/gpu/matrixParts.ts';
import { GpuMatrixWriter } from '../../engine/gpu/matrixWriter.ts';
import { Pipelines } from '../../engine/gpu/pipelines.ts';
import { RowPlacer } from '../../engine/gpu/rowPlacer.ts';
import { Staging } from '../../engine/gpu/staging.ts';
import { chunkEnd, tileOfRow } from '../../engine/gpu/storedChunk.ts';
import { StoredMatrixWriter } from '../../engine/gpu/storedMatrixWriter.ts';
import type { GpuMatrix } from '../../engine/gpu/types.ts';
import { layoutOf } from '../../engine/gpu/weightLayouts.ts';
import { readBuffer, withDevice } from '../support/gpu.ts';
import { randomNumbers } from '../support/randomModel.ts';
import { randomWeights, testBackend, upload } from '../support/randomWeights.ts';

const floats: TensorType[] = ['F32', 'F16', 'BF16'];
const blocks32: TensorType[] = ['Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1'];
const kQuants: TensorType[] = ['Q4_K', 'Q5_K', 'Q6_K'];
const columnsOf = (type: TensorType) => (floats.includes(type) ? 259 : blocks32.includes(type) ? 352 : 512);

interface Case {
  slabs: number;
  rows: number;
  /** Tiles to a chunk of staging, and to a buffer; rows to a call. */
  chunkTiles: number;
  partTiles: number;
  rowsAtOnce: number;
  columns?: number;
}

async function placed(device: GPUDevice, type: TensorType, shape: Case): Promise<[device: GpuMatrix, cpu: GpuMatrix]> {
  const { slabs, rows, chunkTiles, partTiles, rowsAtOnce, columns = columnsOf(type) } = shape;
  const spec: MatrixSpec = { label: type, type, slabs, rows, columns };
  const buffers = new Buffers(device);
  const target = () => new MatrixTarget(spec, buffers, partTiles * probe.tileBytes);
  const probe = new MatrixTarget(spec, buffers, 2 ** 28);
  const staging = new Staging(device, buffers, chunkTiles * Math.max(16 * probe.rowBytes + 32, probe.tileBytes));
  const placer = new RowPlacer(device, buffers, new Pipelines(device), staging);
  const random = randomNumbers(rows);
  const bytes = Uint8Array.from({ length: slabs * rows * probe.rowBytes }, () => Math.floor((random() + 1) * 128));
  const written = async (writer: MatrixWriter) => {
    for (let row = 0; row < slabs * rows; row += rowsAtOnce)
      await writer.write(bytes.subarray(row * probe.rowBytes, (row + rowsAtOnce) * probe.rowBytes), row);
    return writer.finish() as GpuMatrix;
  };
  return [
    await written(new StoredMatrixWriter(target(), placer)),
    await written(new GpuMatrixWriter(target(), staging)),
  ];
}

async function expectSameWords(device: GPUDevice, type: TensorType, shape: Case): Promise<void> {
  const [onDevice, onCpu] = await placed(device, type, shape);
  expect(onDevice.parts.length).toBe(onCpu.parts.length);
  for (const [index, part] of onDevice.parts.entries()) {
    const actual = new Uint32Array(await readBuffer(device, part.buffer.buffer));
    const expected = new Uint32Array(await readBuffer(device, onCpu.parts[index].buffer.buffer));
    expect(expected.some((word) => word !== 0)).toBe(true);
    expect(actual.findIndex((word, at) => word !== expected[at])).toBe(-1);
    expect(actual.length).toBe(expected.length);
  }
}

const shapes: Record<string, Case> = {
  'one tile, not full': { slabs: 1, rows: 13, chunkTiles: 4, partTiles: 9, rowsAtOnce: 13 },
  'rows over chunks, a few at a time': { slabs: 1, rows: 51, chunkTiles: 1, partTiles: 9, rowsAtOnce: 7 },
  'slabs that end within a tile, over parts': { slabs: 3, rows: 21, chunkTiles: 3, partTiles: 4, rowsAtOnce: 50 },
  'parts within a slab': { slabs: 2, rows: 37, chunkTiles: 2, partTiles: 2, rowsAtOnce: 10 },
  'slabs of a row or two': { slabs: 19, rows: 2, chunkTiles: 1, partTiles: 99, rowsAtOnce: 5 },
};

describe.each([...floats, ...blocks32, ...kQuants])('%s', (type) => {
  test.each(Object.entries(shapes))('%s', async (_, shape) => {
    await withDevice((device) => expectSameWords(device, type, shape))();
  });
});

test(
  'an odd number of columns',
  withDevice(async (device) => {
    for (const type of floats)
      for (const columns of [1, 7, 66, 256])
        await expectSameWords(device, type, { ...shapes['parts within a slab'], columns });
  }),
);

test(
  'rows that do not come in order are refused',
  withDevice(async (device) => {
    const buffers = new Buffers(device);
    const staging = new Staging(device, buffers, 2 ** 16);
    const spec: MatrixSpec = { label: 'm', type: 'Q4_K', slabs: 1, rows: 20, columns: 256 };
    const placer = new RowPlacer(device, buffers, new Pipelines(device), staging);
    const writer = new StoredMatrixWriter(new MatrixTarget(spec, buffers, 2 ** 20), placer);
    await writer.write(new Uint8Array(16 * 144), 0);
    await expect(writer.write(new Uint8Array(144), 17)).rejects.toMatchObject({ code: 'internal' });
    await expect(writer.write(new Uint8Array(145), 16)).rejects.toMatchObject({ code: 'internal' });
    expect(() => writer.finish()).toThrow('16 of 20 rows');
    const wide = new MatrixTarget({ ...spec, columns: 2 ** 14 }, buffers, 2 ** 20);
    expect(() => new StoredMatrixWriter(wide, placer)).toThrow('not have enough');
  }),
);

test(
  'a back end places by kernels or by the CPU, as asked, and types without a kernel by the CPU',
  withDevice(async (device) => {
    for (const type of ['Q4_K', 'Q3_K'] as const) {
      const weights = randomWeights(type, 40, 512, 2);
      const words: Uint32Array[] = [];
      for (const placing of ['kernels', 'cpu'] as const) {
        const matrix = (await upload(await testBackend(device, { placing }), weights)) as GpuMatrix;
        words.push(new Uint32Array(await readBuffer(device, matrix.parts[0].buffer.buffer)));
      }
      expect(words[0].findIndex((word, at) => word !== words[1][at])).toBe(-1);
    }
  }),
);

test('chunks end with tiles', () => {
  for (const [rows, slabs, capacity] of [
    [21, 3, 16],
    [21, 3, 40],
    [64, 2, 100],
    [5, 9, 17],
    [1, 40, 16],
  ]) {
    const ends: number[] = [];
    for (let at = 0; at < rows * slabs;) {
      const end = chunkEnd(at, capacity, rows, slabs);
      expect(end).toBeGreaterThan(at);
      expect(end - at).toBeLessThanOrEqual(capacity);
      expect((end % rows) % 16).toBe(0);
      ends.push((at = end));
    }
    expect(ends.at(-1)).toBe(rows * slabs);
    expect(tileOfRow(rows * slabs, rows)).toBe(slabs * Math.ceil(rows / 16));
  }
});

test('types without a kernel have none', () => {
  expect(layoutOf('Q3_K', '').stored).toBeNull();
  expect(layoutOf('IQ4_NL', '').stored).toBeNull();
});
