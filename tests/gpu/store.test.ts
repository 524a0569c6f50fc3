// Float rows quantised on the device (store_*) against the CPU twins in format/quantize: as near to the values, and nearly the same.
import { describe, expect, test } from 'vitest';
import { dequantizeRows } from '../../engine/format/dequantize/dequantizeRows.ts';
import { RowQuantizer, type QuantizedType } from '../../engine/format/quantize/quantizeRows.ts';
import { rowBytes, type TensorType } from '../../engine/format/tensorTypes.ts';
import { runDispatches } from '../../engine/gpu/dispatch.ts';
import { storedHeaderBytes } from '../../engine/gpu/storedChunk.ts';
import type { GpuMatrix } from '../../engine/gpu/types.ts';
import { storeQ4K, storeQ8_0 } from '../../engine/kernels/registry.ts';
import { readBuffer, withDevice } from '../support/gpu.ts';
import { packHalves, toHalves } from '../support/halves.ts';
import { gaussianNumbers, relativeRmsError } from '../support/quantizing.ts';
import { fill, randomActivations, testBackend, upload } from '../support/randomWeights.ts';

type FloatType = 'F32' | 'F16' | 'BF16';
const kernels = { Q8_0: storeQ8_0, Q4_K: storeQ4K };

function asBytes(values: Float32Array, type: FloatType): Uint8Array {
  if (type === 'F16') return new Uint8Array(packHalves(values).buffer);
  const bytes = new Uint8Array(values.slice().buffer);
  return type === 'F32' ? bytes : bytes.filter((_, i) => i % 4 >= 2);
}

async function stored(device: GPUDevice, bytes: Uint8Array, from: FloatType, to: QuantizedType) {
  const count = bytes.byteLength / rowBytes(from, 1);
  const size = rowBytes(to, count);
  const buffer = (length: number) => device.createBuffer({ size: Math.ceil(length / 4) * 4, usage: 0x8c });
  const floats = buffer(storedHeaderBytes + bytes.byteLength);
  const out = buffer(storedHeaderBytes + size);
  device.queue.writeBuffer(floats, 24, new Uint32Array([count]));
  device.queue.writeBuffer(floats, storedHeaderBytes, bytes as Uint8Array<ArrayBuffer>);
  const dispatch = {
    kernel: kernels[to],
    variant: { floats: `floats_${from.toLowerCase()}` },
    buffers: { floats, stored: out },
    workgroups: () => [Math.ceil(count / 32 / 64)] as const,
  };
  await runDispatches(device, [dispatch], 1);
  const blocks = new Uint8Array(await readBuffer(device, out), storedHeaderBytes, size);
  const values = new Float32Array(count);
  dequantizeRows(to, blocks, values);
  return { blocks, values };
}

function twin(bytes: Uint8Array, from: FloatType, to: QuantizedType) {
  const blocks = new RowQuantizer().quantize(from, bytes, to);
  const exact = new Float32Array(bytes.byteLength / rowBytes(from, 1));
  dequantizeRows(from, bytes, exact);
  const values = new Float32Array(exact.length);
  dequantizeRows(to, blocks, values);
  return { blocks, values, exact };
}

describe.each(['Q8_0', 'Q4_K'] as const)('%s', (to) => {
  test.each(['F32', 'F16', 'BF16'] as const)('from %s', async (from) => {
    await withDevice(async (device) => {
      // An odd number of blocks of 32 for Q8_0, and not a whole workgroup.
      const count = to === 'Q8_0' ? 32 * 333 : 256 * 37;
      const numbers = gaussianNumbers(count, 1);
      const bytes = asBytes(from === 'F16' ? toHalves(numbers) : numbers, from);
      const expected = twin(bytes, from, to);
      const actual = await stored(device, bytes, from, to);
      const error = relativeRmsError(actual.values, expected.exact);
      expect(error).toBeLessThan(relativeRmsError(expected.values, expected.exact) * 1.005);
      const same = actual.blocks.reduce((sum, byte, i) => sum + (byte === expected.blocks[i] ? 1 : 0), 0);
      expect(same / actual.blocks.length).toBeGreaterThan(to === 'Q8_0' ? 0.999 : 0.95);
    })();
  });

  test(
    'edges as on the CPU: zeros, constants, subnormal scales, NaN and infinity',
    withDevice(async (device) => {
      const values = new Float32Array(256 * 8);
      values.fill(0.75, 256, 512);
      values.fill(-0.75, 512, 768);
      values.set(gaussianNumbers(256, 1e-5), 768);
      values.set(gaussianNumbers(1024, 1), 1024);
      for (const [at, bad] of [
        [1300, NaN],
        [1600, Infinity],
        [1900, -Infinity],
      ])
        values[at] = bad;
      const bytes = asBytes(values, 'F32');
      const [actual, expected] = [await stored(device, bytes, 'F32', to), twin(bytes, 'F32', to)];
      for (let i = 0; i < values.length; i++) {
        expect([i, Number.isNaN(actual.values[i])]).toEqual([i, Number.isNaN(expected.values[i])]);
        if (!Number.isNaN(expected.values[i]))
          expect(Math.abs(actual.values[i] - expected.values[i])).toBeLessThan(i < 1024 ? 2e-6 : 0.3);
      }
    }),
  );
});

test(
  'a matrix of floats is kept quantised, by kernels and by the CPU, over chunks and slabs',
  withDevice(async (device) => {
    const [slabs, rows, columns] = [3, 700, 512];
    const values = gaussianNumbers(slabs * rows * columns, 0.05);
    const bytes = asBytes(values, 'BF16');
    for (const quantize of ['Q8_0', 'Q4_K'] as const) {
      const words: Uint32Array[] = [];
      for (const placing of ['kernels', 'cpu'] as const) {
        const backend = await testBackend(device, { placing });
        const type: TensorType = 'BF16';
        const matrix = (await upload(backend, { type, quantize, slabs, rows, columns, bytes })) as GpuMatrix;
        expect([matrix.type, matrix.layout]).toEqual([quantize, quantize.toLowerCase()]);
        expect(backend.memory.weightBytes).toBe(slabs * Math.ceil(rows / 16) * 16 * rowBytes(quantize, columns));
        words.push(new Uint32Array(await readBuffer(device, matrix.parts[0].buffer.buffer)));
      }
      const same = words[0].reduce((sum, word, i) => sum + (word === words[1][i] ? 1 : 0), 0);
      expect(same / words[0].length).toBeGreaterThan(quantize === 'Q8_0' ? 0.999 : 0.9);
    }
  }),
);

test(
  'and multiplies as its quantised rows do',
  withDevice(async (device) => {
    const [rows, columns] = [32, 512];
    const bytes = asBytes(gaussianNumbers(rows * columns, 0.05), 'BF16');
    const backend = await testBackend(device, { placing: 'kernels' });
    const matrix = await upload(backend, { type: 'BF16', quantize: 'Q4_K', slabs: 1, rows, columns, bytes });
    const input = backend.createTensor('input', columns);
    const output = backend.createTensor('output', rows);
    const program = await backend.record('matmul', (ops) => ops.matmul(input, matrix, output));
    const activations = randomActivations(columns);
    fill(device, input, activations);
    await backend.run(program, 1);
    const { values } = twin(bytes, 'BF16', 'Q4_K');
    const expected = Float32Array.from({ length: rows }, (_, row) =>
      activations.reduce((sum, value, i) => sum + value * values[row * columns + i], 0),
    );
    expect(relativeRmsError(await backend.read(output, 1), expected)).toBeLessThan(0.02);
  }),
);
