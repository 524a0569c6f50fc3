// The known-answer blocks of spec 2.2, and half precision at its edges.
import { describe, expect, it } from 'vitest';
import { dequantizeRows } from '../../../engine/format/dequantize/dequantizeRows.ts';
import { halfToFloat } from '../../../engine/format/dequantize/half.ts';
import { tensorTypes, type TensorType } from '../../../engine/format/tensorTypes.ts';

interface KnownBlock {
  /** Byte offset of d, and of m or dmin. */
  scale?: number;
  least?: number;
  /** Value at each of the positions below; the second five only in blocks of 256. */
  values: number[];
  sum: number;
  magnitude: number;
}

const positions = [0, 1, 15, 16, 31, 32, 63, 100, 128, 255];

const knownBlocks: Partial<Record<TensorType, KnownBlock>> = {
  Q8_0: { scale: 0, values: [10.625, 15.25, -16, -11.375, -6], sum: -22, magnitude: 271.5 },
  Q4_0: { scale: 0, values: [-0.375, 0.25, -1, -0.375, 0], sum: -2.625, magnitude: 15.375 },
  Q4_1: { scale: 0, least: 2, values: [1.9375, 0.5625, 1.3125, 1.1875, 1.5625], sum: 32.625, magnitude: 32.625 },
  Q5_0: { scale: 0, values: [1.125, -0.25, -1.5, 1.75, 0.125], sum: 1.875, magnitude: 30.875 },
  Q5_1: { scale: 0, least: 2, values: [2.4375, 3.0625, 3.8125, 2.4375, 0.6875], sum: 65.125, magnitude: 65.125 },
  Q2_K: {
    scale: 80,
    least: 82,
    values: [4.125, 0, 2.75, -0.1875, -0.1875, 0.9375, 0.8125, 2.5, 0.9375, 0.5625],
    sum: 257.375,
    magnitude: 320.5,
  },
  Q3_K: {
    scale: 108,
    values: [10.125, -13.5, -6.75, -12, 8, -2.75, 1.25, 0, 0.25, 5.25],
    sum: 119.75,
    magnitude: 1151.25,
  },
  Q4_K: {
    scale: 0,
    least: 2,
    values: [39.4375, -3.1875, 20.0625, 39.4375, 20.0625, 1, 5, 11.875, 52.875, 6.0625],
    sum: 6805,
    magnitude: 6878.5,
  },
  Q5_K: {
    scale: 0,
    least: 2,
    values: [101.4375, -3.1875, 20.0625, 101.4375, 20.0625, 14, 10, 29.375, 130.875, 13.5625],
    sum: 14527,
    magnitude: 14569.875,
  },
  Q6_K: {
    scale: 208,
    values: [-178.875, 212, -39.75, -54, -12, 28.875, -72.5, 315.375, -43.875, -7.5],
    sum: 576.5,
    magnitude: 33312.75,
  },
  IQ4_NL: { scale: 0, values: [-4.375, 3.125, -15.875, -4.375, 0.125], sum: -32.125, magnitude: 213.125 },
  IQ4_XS: {
    scale: 0,
    values: [8.125, -0.125, -11.125, 8.125, 4.375, 56.875, -21.875, 5, -73.125, -2],
    sum: -1375.625,
    magnitude: 20832.875,
  },
  MXFP4: { values: [0, 6, -3, 3, 6], sum: 25, magnitude: 151 },
};

function knownBytes(type: TensorType, { scale, least }: KnownBlock): Uint8Array {
  const bytes = Uint8Array.from({ length: tensorTypes[type].bytes }, (_, index) => (37 * index + 11) & 255);
  if (scale !== undefined) bytes.set([0x00, 0x30], scale);
  if (least !== undefined) bytes.set([0x00, 0x2c], least);
  if (type === 'MXFP4') bytes[0] = 128;
  return bytes;
}

describe('dequantizeRows', () => {
  for (const [name, known] of Object.entries(knownBlocks)) {
    const type = name as TensorType;
    it(`reads the known block of ${type}, also as the second of two at an odd address`, () => {
      const block = knownBytes(type, known);
      const buffer = new Uint8Array(1 + 2 * block.length);
      buffer.set(block, 1);
      buffer.set(block, 1 + block.length);
      const { values } = tensorTypes[type];
      const out = new Float32Array(2 * values);
      dequantizeRows(type, buffer.subarray(1), out);
      for (const row of [out.subarray(0, values), out.subarray(values)]) {
        expect(known.values).toEqual(positions.slice(0, known.values.length).map((position) => row[position]));
        expect(row.reduce((sum, value) => sum + value, 0)).toBe(known.sum);
        expect(row.reduce((sum, value) => sum + Math.abs(value), 0)).toBe(known.magnitude);
      }
    });
  }

  it('reads the three float types as stored', () => {
    const expected = Float32Array.from([1, -2.5, 0, 0.15625]);
    const half = new Uint16Array([0x3c00, 0xc100, 0, 0x3100]);
    const brain = new Uint16Array([0x3f80, 0xc020, 0, 0x3e20]);
    for (const [type, stored] of [
      ['F32', expected],
      ['F16', half],
      ['BF16', brain],
    ] as const) {
      const out = new Float32Array(4);
      dequantizeRows(type, new Uint8Array(stored.buffer), out);
      expect(out).toEqual(expected);
    }
  });

  it('keeps the subnormal scales of MXFP4', () => {
    const out = new Float32Array(32);
    for (const [exponent, scale] of [
      [0, 2 ** -128],
      [1, 2 ** -127],
      [2, 2 ** -126],
      [255, 2 ** 127],
    ] as const) {
      dequantizeRows('MXFP4', new Uint8Array(17).fill(0x11).fill(exponent, 0, 1), out);
      expect(out[0]).toBe(scale);
    }
  });

  it('refuses bytes that do not hold the values', () => {
    expect(() => dequantizeRows('Q8_0', new Uint8Array(33), new Float32Array(32))).toThrow('do not hold');
    expect(() => dequantizeRows('Q4_K', new Uint8Array(144), new Float32Array(255))).toThrow('do not hold');
  });
});

describe('halfToFloat', () => {
  it('is exact for subnormals, the largest value, infinities and NaN', () => {
    expect(halfToFloat[0x0001]).toBe(2 ** -24);
    expect(halfToFloat[0x83ff]).toBe(-1023 * 2 ** -24);
    expect(halfToFloat[0x0400]).toBe(2 ** -14);
    expect(halfToFloat[0x7bff]).toBe(65504);
    expect(Object.is(halfToFloat[0x8000], -0)).toBe(true);
    expect(halfToFloat[0xfc00]).toBe(-Infinity);
    expect(halfToFloat[0x7e00]).toBeNaN();
  });
});
