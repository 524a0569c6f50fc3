// A random checkpoint's matrices as Q8_0 or Q4_0, the simple way: the nearest value on a scale of each block of 32.
import type { CheckpointTensor } from '../../engine/format/checkpoint.ts';
import { rowBytes } from '../../engine/format/tensorTypes.ts';
import { memorySource } from './memoryFiles.ts';
import type { RandomModel } from './randomModel.ts';

export type SimpleType = 'Q8_0' | 'Q4_0' | 'F32';

/** Replaces each matrix by `typeOf(name)`; norms and routers stay F32. */
export function quantizeModel({ checkpoint, weights }: RandomModel, typeOf: (name: string) => SimpleType): RandomModel {
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, tensor] of checkpoint.tensors) {
    const stays = tensor.shape.length === 1 || name.includes('ffn_gate_inp');
    const type = stays ? 'F32' : typeOf(name);
    if (type === 'F32') {
      tensors.set(name, tensor);
      continue;
    }
    const bytes = quantize(weights.get(name)!, type);
    const parts = [{ source: memorySource(name, bytes), offset: 0, byteLength: bytes.length }];
    tensors.set(name, { ...tensor, type, byteLength: bytes.length, parts });
  }
  return { checkpoint: { ...checkpoint, tensors }, weights };
}

function quantize(values: Float32Array, type: 'Q8_0' | 'Q4_0'): Uint8Array {
  const bytes = new Uint8Array(rowBytes(type, values.length));
  const view = new DataView(bytes.buffer);
  const blockBytes = rowBytes(type, 32);
  for (let block = 0; block < values.length / 32; block++) {
    const here = values.subarray(block * 32, block * 32 + 32);
    const most = type === 'Q8_0' ? 127 : 7;
    const [bits, scale] = f16AtLeast(here.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / most);
    const at = block * blockBytes;
    view.setUint16(at, bits, true);
    here.forEach((value, i) => {
      const integer = Math.round(value / scale);
      if (type === 'Q8_0') view.setInt8(at + 2 + i, integer);
      // Low nibbles hold values 0 to 15, high ones 16 to 31.
      else bytes[at + 2 + (i % 16)] |= (integer + 8) << (i < 16 ? 0 : 4);
    });
  }
  return bytes;
}

/** The next f16 from a positive number up: bits, and value. */
function f16AtLeast(value: number): [bits: number, value: number] {
  const exponent = Math.max(-14, Math.floor(Math.log2(value)));
  const fraction = Math.ceil((value / 2 ** exponent - 1) * 1024);
  return [((exponent + 15) << 10) + fraction, 2 ** exponent * (1 + fraction / 1024)];
}
