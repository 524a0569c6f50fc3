// The CPU's reading of every block type: the one entry to this folder.
import { EngineError } from '../../errors.ts';
import { rowBytes, tensorTypes, type TensorType } from '../tensorTypes.ts';
import { dequantizeQ4_0, dequantizeQ4_1, dequantizeQ5_0, dequantizeQ5_1, dequantizeQ8_0 } from './blocks32.ts';
import { dequantizeBF16, dequantizeF16, dequantizeF32 } from './floats.ts';
import { dequantizeQ2_K, dequantizeQ3_K, dequantizeQ4_K, dequantizeQ5_K, dequantizeQ6_K } from './kQuants.ts';
import { dequantizeIQ4_NL, dequantizeIQ4_XS, dequantizeMXFP4 } from './tables.ts';

const dequantizers: Record<TensorType, (bytes: Uint8Array, out: Float32Array) => void> = {
  F32: dequantizeF32,
  F16: dequantizeF16,
  BF16: dequantizeBF16,
  Q8_0: dequantizeQ8_0,
  Q4_0: dequantizeQ4_0,
  Q4_1: dequantizeQ4_1,
  Q5_0: dequantizeQ5_0,
  Q5_1: dequantizeQ5_1,
  Q2_K: dequantizeQ2_K,
  Q3_K: dequantizeQ3_K,
  Q4_K: dequantizeQ4_K,
  Q5_K: dequantizeQ5_K,
  Q6_K: dequantizeQ6_K,
  IQ4_NL: dequantizeIQ4_NL,
  IQ4_XS: dequantizeIQ4_XS,
  MXFP4: dequantizeMXFP4,
};

/**
 * Fills `out` from whole rows as stored; rows follow each other without padding, so any run of whole blocks will do.
 * @throws EngineError `internal` when `out` is no whole number of blocks or `bytes` is too short for it.
 */
export function dequantizeRows(type: TensorType, bytes: Uint8Array, out: Float32Array): void {
  if (out.length % tensorTypes[type].values !== 0 || bytes.length < rowBytes(type, out.length))
    throw new EngineError('internal', `${bytes.length} bytes do not hold ${out.length} values of ${type}.`);
  dequantizers[type](bytes, out);
}
