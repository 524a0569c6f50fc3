// A cache of keys or values in the form that the GPU holds, made from numbers and read back, for every kind.
import { Q8Rows } from '../../engine/cpu/kvRows.ts';
import type { KvType } from '../../engine/format/memoryNeeds.ts';
import { packHalves, toHalves, unpackHalves } from './halves.ts';

/** Numbers near `values`, [rows, headDim], that a cache of this kind holds exactly, and what it then holds. */
export function stored(
  type: KvType,
  values: Float32Array,
  headDim: number,
): { values: Float32Array; bytes: Uint8Array } {
  if (type === 'f32') return { values, bytes: new Uint8Array(values.buffer) };
  if (type === 'f16') {
    const halves = toHalves(values);
    return { values: halves, bytes: new Uint8Array(packHalves(halves).buffer) };
  }
  const rows = new Q8Rows(values.length / headDim, headDim);
  rows.keep(values, 0, values.length / headDim);
  const held = new Float32Array(values.length);
  rows.fetch(held, values.length / headDim);
  return { values: held, bytes: new Uint8Array(rows.memory) };
}

/** `count` numbers out of the words of a cache. */
export function fetched(type: KvType, words: Uint32Array, headDim: number, count: number): Float32Array {
  if (type === 'f32') return new Float32Array(words.buffer).slice(0, count);
  if (type === 'f16') return unpackHalves(words).slice(0, count);
  const rows = new Q8Rows(count / headDim, headDim);
  new Uint8Array(rows.memory).set(new Uint8Array(words.buffer, 0, rows.byteLength));
  const values = new Float32Array(count);
  rows.fetch(values, count / headDim);
  return values;
}
