// The GPU back end as memory and programs: rows in and out, limits, refusals, the end of the device.
import { expect, test } from 'vitest';
import type { EngineError } from '../../engine/errors.ts';
import { foldWorkgroups, runDispatches } from '../../engine/gpu/dispatch.ts';
import { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import { quantizeRows } from '../../engine/gpu/ops/weightedOps.ts';
import { stepState } from '../../engine/gpu/types.ts';
import { readBuffer, testAdapter, withDevice } from '../support/gpu.ts';
import { fill, randomActivations, randomWeights, testBackend, throughInt8, upload } from '../support/randomWeights.ts';

const codeOf = (run: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(run)
    .then(
      () => 'nothing thrown',
      (error: EngineError) => error.code,
    );

test(
  'lastRow takes the row of the last token',
  withDevice(async (device) => {
    const backend = await testBackend(device);
    const input = backend.createTensor('input', 70);
    const last = backend.createTensor('last', 70, 'last');
    const program = await backend.record('lastRow', (ops) => ops.lastRow(input, last));
    const values = randomActivations(5 * 70);
    fill(device, input, values);
    backend.setTokens([1, 2, 3, 4, 5], 0);
    await backend.run(program, 5);
    expect(await backend.read(last, 1)).toEqual(values.subarray(4 * 70));
  }),
);

test(
  'quantize_rows rounds blocks of 16 to int8 and sums them',
  withDevice(async (device) => {
    const backend = await testBackend(device);
    const tensor = backend.createTensor('rows', 40);
    const values = randomActivations(3 * 40);
    values.fill(0, 40, 56);
    fill(device, tensor, values);
    const buffer = (bytes: number) => device.createBuffer({ size: bytes, usage: 0x8c });
    const rows = { tokens: 3, values: buffer(16 * 256), scales: buffer(16 * 16 * 8) };
    tensor.quantized = { int8: rows };
    await runDispatches(device, quantizeRows(tensor, 'int8', { from: 1, to: 3 }), 3);
    const [bytes, scales] = [await readBuffer(device, rows.values), await readBuffer(device, rows.scales)];
    const expected = throughInt8(values, 40);
    for (let row = 0; row < 3; row++) {
      for (let block = 0; block < 3; block++) {
        const [scale, scaledSum] = new Float32Array(scales, (row * 16 + block) * 8, 2);
        const stored = new Int8Array(bytes, row * 256 + block * 16, 16);
        const inRow = Array.from(stored.subarray(0, Math.min(16, 40 - block * 16)), (value) =>
          Math.fround(value * scale),
        );
        inRow.forEach((value, i) => expect(value).toBeCloseTo(expected[row * 40 + block * 16 + i], 6));
        expect(scaledSum).toBeCloseTo(
          inRow.reduce((sum, value) => sum + value, 0),
          4,
        );
      }
      expect(new Int8Array(bytes, row * 256 + 40, 216).every((value) => value === 0)).toBe(true);
    }
  }),
);

test(
  'a NaN among the activations reaches the result of integer arithmetic',
  withDevice(async (device) => {
    const backend = await testBackend(device, { activations: 'int8' });
    const matrix = await upload(backend, randomWeights('Q4_K', 16, 256));
    const input = backend.createTensor('input', 256);
    const output = backend.createTensor('output', 16);
    const program = await backend.record('matmul', (ops) => ops.matmul(input, matrix, output));
    const values = randomActivations(256);
    values[77] = NaN;
    fill(device, input, values);
    await backend.run(program, 1);
    expect((await backend.read(output, 1)).every(Number.isNaN)).toBe(true);
  }),
);

test(
  'setTokens puts position, count and ids where kernels look for them',
  withDevice(async (device) => {
    const backend = await testBackend(device);
    const seen: GPUBuffer[] = [];
    const table = await upload(backend, randomWeights('F32', 16, 32));
    const hidden = backend.createTensor('hidden', 32);
    await backend.record('embed', (ops) => ops.embed(table, hidden));
    const { createBuffer } = device;
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer.call(device, descriptor);
      if (descriptor.label === 'step') seen.push(buffer);
      return buffer;
    };
    const other = await testBackend(device);
    device.createBuffer = createBuffer;
    other.setTokens([9, 8, 7], 40);
    const words = new Uint32Array(await readBuffer(device, seen[0], 20));
    expect([words[stepState.position], words[stepState.tokens]]).toEqual([40, 3]);
    expect([...words.subarray(stepState.ids)]).toEqual([9, 8, 7]);
    expect(await codeOf(() => other.setTokens(new Uint32Array(13), 0))).toBe('internal');
  }),
);

test(
  'counts the memory that it holds, and frees it',
  withDevice(async (device) => {
    const backend = await testBackend(device);
    const before = backend.memory.totalBytes;
    const matrix = randomWeights('Q4_K', 32, 512);
    await upload(backend, matrix);
    expect(backend.memory.weightBytes).toBe(matrix.bytes.byteLength);
    // And the chunk that it went through.
    expect(backend.memory.totalBytes - before).toBe(matrix.bytes.byteLength + 4 * 2 ** 20);
    backend.createVector('norm', new Float32Array(64));
    expect(backend.memory.weightBytes).toBe(matrix.bytes.byteLength + 256);
  }),
);

test(
  'refuses a type that no kernel reads, rows out of order, and a buffer that no device holds',
  withDevice(async (device) => {
    const backend = await testBackend(device);
    const spec = { label: 'blk.0.ffn_up.weight', slabs: 1, rows: 16, columns: 256 };
    expect(await codeOf(() => backend.createMatrix({ ...spec, type: 'Q2_K' }))).toBe('unsupported-type');
    const writer = backend.createMatrix({ ...spec, type: 'Q4_K' });
    expect(await codeOf(() => writer.write(new Uint8Array(144), 3))).toBe('internal');
    expect(await codeOf(() => writer.write(new Uint8Array(100), 0))).toBe('internal');
    expect(await codeOf(() => writer.finish())).toBe('internal');
    expect(await codeOf(() => backend.createTensor('huge', 2 ** 31))).toBe('out-of-memory');
    const unsplittable = await testBackend(device, { bindingLimit: 1000 });
    expect(await codeOf(() => unsplittable.createMatrix({ ...spec, type: 'Q4_K' }))).toBe('out-of-memory');
  }),
);

test('a lost device resolves `lost` and fails what waits for it', async () => {
  const device = await (await testAdapter()).requestDevice();
  const features = { subgroups: false, integerDot: true, software: true };
  const backend = await GpuBackend.open({ device, name: 'test', features }, { maxTokens: 4, activations: 'float' });
  const tensor = backend.createTensor('tensor', 16);
  device.destroy();
  expect(await codeOf(() => backend.lost)).toBe('nothing thrown');
  expect(((await backend.lost) as EngineError).code).toBe('device-lost');
  expect(await codeOf(() => backend.read(tensor, 1))).toBe('device-lost');
  backend.destroy();
});

test('destroy is no loss', async () => {
  const device = await (await testAdapter()).requestDevice();
  const features = { subgroups: false, integerDot: true, software: true };
  const backend = await GpuBackend.open({ device, name: 'test', features }, { maxTokens: 4, activations: 'int8' });
  const tensor = backend.createTensor('tensor', 16);
  backend.destroy();
  backend.destroy();
  await device.lost;
  expect(await Promise.race([backend.lost, Promise.resolve('not lost')])).toBe('not lost');
  expect(await codeOf(() => backend.read(tensor, 1))).toBe('device-lost');
  expect(backend.memory.totalBytes).toBe(0);
});

test('grids over 65,535 workgroups fold', () => {
  expect(foldWorkgroups(65_535)).toEqual([65_535, 1, 1]);
  const [x, y, z] = foldWorkgroups(200_001);
  expect(x * y * z).toBeGreaterThanOrEqual(200_001);
  expect(x).toBeLessThanOrEqual(65_535);
});
