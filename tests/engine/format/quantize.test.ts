// Quantising against the readers of the same blocks: errors as small as the blocks allow, edges, and what stays as it is.
import { describe, expect, test } from 'vitest';
import { Engine } from '../../../engine/engine.ts';
import type { CheckpointTensor } from '../../../engine/format/checkpoint.ts';
import { dequantizeRows } from '../../../engine/format/dequantize/dequantizeRows.ts';
import { halfToFloat } from '../../../engine/format/dequantize/half.ts';
import { scaleToHalf } from '../../../engine/format/quantize/half.ts';
import { quantizedTypeOf } from '../../../engine/format/quantize/quantizedTypeOf.ts';
import { RowQuantizer, type QuantizedType } from '../../../engine/format/quantize/quantizeRows.ts';
import type { TensorType } from '../../../engine/format/tensorTypes.ts';
import type { LoadOptions } from '../../../engine/protocol.ts';
import { folderFiles } from '../../support/folderFiles.ts';
import { gaussianNumbers, relativeRmsError } from '../../support/quantizing.ts';

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function there(values: Float32Array, type: QuantizedType): Float32Array {
  const back = new Float32Array(values.length);
  dequantizeRows(type, new RowQuantizer().quantize('F32', bytesOf(values), type), back);
  return back;
}

test('halves: every one is its own nearest, ties go to the even one, subnormals up, too large is the largest', () => {
  for (let bits = 0; bits < 0x7c00; bits++) expect(scaleToHalf(halfToFloat[bits])).toBe(bits);
  for (let bits = 0; bits < 0x7bff; bits++) {
    const middle = (halfToFloat[bits] + halfToFloat[bits + 1]) / 2;
    expect(scaleToHalf(middle)).toBe(bits < 0x400 ? bits + 1 : bits + (bits & 1));
  }
  expect([scaleToHalf(1e9), scaleToHalf(Infinity), scaleToHalf(NaN)]).toEqual([0x7bff, 0x7bff, 0x7e00]);
});

describe('Q8_0', () => {
  test('no value is further off than half a step, and what the rounding of the scale costs', () => {
    const values = gaussianNumbers(32 * 500, 0.02);
    const back = there(values, 'Q8_0');
    for (let base = 0; base < values.length; base += 32) {
      const largest = values.subarray(base, base + 32).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const bound = (largest / 127) * 0.5 + largest * 2 ** -11 + 2 ** -24;
      for (let i = base; i < base + 32; i++) expect(Math.abs(values[i] - back[i])).toBeLessThanOrEqual(bound);
    }
    expect(relativeRmsError(back, values)).toBeLessThan(0.0065);
  });

  test('whole numbers on a half’s scale come back exactly', () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => (i === 0 ? 127 : ((i * 37) % 255) - 127) / 64);
    expect(there(values, 'Q8_0')).toEqual(values);
  });
});

describe('Q4_K', () => {
  test('the error is near that of an exhaustive search, and far below that of the plain range', () => {
    // 0.0712 with 21 ranges a sub-block, 0.0784 with the range alone (both with the same 6-bit scales).
    expect(
      relativeRmsError(there(gaussianNumbers(256 * 400, 0.02), 'Q4_K'), gaussianNumbers(256 * 400, 0.02)),
    ).toBeLessThan(0.073);
  });

  test('values on one line of codes come back but for the rounding of scales', () => {
    const values = Float32Array.from({ length: 256 }, (_, i) => ((i * 7) % 16) - 6);
    const back = there(values, 'Q4_K');
    for (let i = 0; i < 256; i++) expect(Math.abs(back[i] - values[i])).toBeLessThan(0.01);
  });

  test('one sign, constants, zeros, an outlier and tiny values are near enough', () => {
    const cases: [string, (i: number) => number, allowed: number][] = [
      ['positive', (i) => 1 + (i % 13) / 13, 0.1],
      ['negative', (i) => -1 - (i % 13) / 13, 0.06],
      ['constant', () => 0.75, 0.03],
      ['negative constant', () => -0.75, 0.03],
      ['zeros', () => 0, 0],
      ['an outlier', (i) => (i === 100 ? 40 : Math.sin(i)), 1.4],
      ['tiny', (i) => Math.sin(i) * 1e-5, 1e-5 * 0.2],
      ['nothing but subnormals', (i) => Math.sin(i) * 1e-40, 1e-40],
    ];
    for (const [name, valueOf, allowed] of cases) {
      const values = Float32Array.from({ length: 256 }, (_, i) => valueOf(i));
      const back = there(values, 'Q4_K');
      const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - back[i])), 0);
      expect([name, worst <= allowed, worst]).toEqual([name, true, worst]);
    }
  });
});

test.each(['Q8_0', 'Q4_K'] as const)('%s: NaN and infinity stay known as such', (type) => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const values = gaussianNumbers(512, 1);
    values[300] = bad;
    const back = there(values, type);
    expect([...back.subarray(0, 256)].every(Number.isFinite)).toBe(true);
    expect([...back.subarray(288, 320)].every(Number.isNaN)).toBe(true);
  }
});

test('other floats are read as what they are, and the memory is used again', () => {
  const values = Float32Array.from({ length: 256 }, (_, i) => (i - 128) / 128);
  const brain = new Uint16Array(new Uint16Array(values.buffer).filter((_, i) => i % 2 === 1));
  const quantizer = new RowQuantizer();
  const of32 = Uint8Array.from(quantizer.quantize('F32', bytesOf(values), 'Q8_0'));
  const first = quantizer.quantize('BF16', new Uint8Array(brain.buffer), 'Q8_0');
  expect(first).toEqual(of32);
  expect(quantizer.quantize('F32', bytesOf(values), 'Q8_0').buffer).toBe(first.buffer);
  expect(() => quantizer.quantize('F32', new Uint8Array(4 * 255), 'Q4_K')).toThrow('no whole number of blocks');
});

test('what becomes of which tensor', () => {
  const tensor = (name: string, shape: number[], type: TensorType = 'BF16'): [string, CheckpointTensor] => [
    name,
    { name, shape, type, byteLength: 0, parts: [] },
  ];
  const tensors = new Map([
    tensor('token_embd.weight', [512, 256]),
    tensor('output.weight', [512, 256]),
    tensor('blk.0.attn_norm.weight', [256]),
    tensor('blk.0.ffn_gate_inp.weight', [8, 256]),
    tensor('blk.0.attn_q.weight', [256, 256], 'F16'),
    tensor('blk.0.ffn_down_exps.weight', [8, 256, 96], 'F32'),
    tensor('blk.0.attn_k.weight', [256, 80]),
    tensor('blk.0.attn_v.weight', [256, 256], 'Q6_K'),
  ]);
  const become = (wanted?: QuantizedType) =>
    [...tensors.values()].map((each) => quantizedTypeOf(each, tensors, wanted));
  expect(become()).toEqual(Array(8).fill(null));
  expect(become('Q8_0')).toEqual(['Q8_0', 'Q8_0', null, null, 'Q8_0', 'Q8_0', null, null]);
  expect(become('Q4_K')).toEqual(['Q4_K', 'Q8_0', null, null, 'Q4_K', 'Q8_0', null, null]);
  tensors.delete('output.weight');
  expect(become('Q4_K')[0]).toBe('Q8_0');
});

test('a model of floats loads quantised, says so, and answers nearly as it does otherwise', async () => {
  const files = folderFiles(new URL('../../fixtures/goldens/moe', import.meta.url).pathname);
  const logitsOf = async (options: LoadOptions) => {
    const engine = new Engine({ gpu: null });
    const { model } = await engine.load(files, { ...options, backend: 'cpu' });
    const { backend, model: loaded } = engine.session;
    backend.setTokens([3, 14, 15, 92], 0);
    await backend.run(loaded.score, 4);
    return { model, logits: await backend.read(loaded.logits, 1) };
  };
  const exact = await logitsOf({});
  const quantised = await logitsOf({ quantize: 'Q8_0' });
  expect([exact.model.quantization, quantised.model.quantization]).toEqual(['BF16', 'BF16 → Q8_0']);
  expect(relativeRmsError(quantised.logits, exact.logits)).toBeGreaterThan(0);
  expect(relativeRmsError(quantised.logits, exact.logits)).toBeLessThan(0.05);
});
