// Tensors as they come from their files: in the files' order, whole rows, none twice, whatever the size of a read.
import { describe, expect, test } from 'vitest';
import type { CheckpointTensor } from '../../../engine/format/checkpoint.ts';
import type { WeightSource } from '../../../engine/format/source.ts';
import { readTensors } from '../../../engine/qwen3/readTensors.ts';

const content = Uint8Array.from({ length: 4000 }, (_, i) => (i * 31) ^ (i >> 3));

interface Recorded extends WeightSource {
  reads: [offset: number, length: number][];
  buffers: Set<ArrayBufferLike>;
  pending: number;
  mostPending: number;
}

function source(readBytes: number, reusesMemory: boolean, failAt = Infinity): Recorded {
  const recorded: Recorded = {
    name: 'file',
    byteLength: content.length,
    readBytes,
    reusesMemory,
    reads: [],
    buffers: new Set(),
    pending: 0,
    mostPending: 0,
    async read(offset, length, into) {
      recorded.reads.push([offset, length]);
      recorded.mostPending = Math.max(recorded.mostPending, ++recorded.pending);
      await new Promise((resolve) => setTimeout(resolve, 1));
      recorded.pending--;
      if (offset + length > failAt) throw new Error('gone');
      const bytes = into ?? new Uint8Array(length);
      bytes.set(content.subarray(offset, offset + length));
      recorded.buffers.add(bytes.buffer);
      return bytes;
    },
  };
  return recorded;
}

/** F32 rows of 5 values, 20 bytes each. */
const tensor = (...parts: CheckpointTensor['parts']): CheckpointTensor => {
  const byteLength = parts.reduce((sum, part) => sum + part.byteLength, 0);
  return { name: 'tensor', type: 'F32', shape: [byteLength / 20, 5], byteLength, parts };
};

const part = (source: WeightSource, offset: number, rows: number) => ({ source, offset, byteLength: rows * 20 });

async function collect(tensors: Map<string, CheckpointTensor>): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  const ended = new Set<string>();
  for await (const { name, bytes, firstRow, last } of readTensors(tensors)) {
    expect(ended.has(name)).toBe(false);
    const rows = (found[name] ??= []);
    expect(firstRow * 20).toBe(rows.length);
    expect(bytes.byteLength % 20).toBe(0);
    rows.push(...bytes);
    if (last) ended.add(name);
  }
  expect([...ended]).toEqual(Object.keys(found));
  return found;
}

const at = (offset: number, rows: number) => Array.from(content.subarray(offset, offset + rows * 20));

describe.each([true, false])('where the source reuses memory: %s', (reuses) => {
  test.each([20, 47, 300, 2 ** 20])('reads of %i bytes', async (readBytes) => {
    const [first, second] = [source(readBytes, reuses), source(readBytes, reuses)];
    const found = await collect(
      new Map([
        ['c', tensor(part(first, 1200, 17))],
        ['a', tensor(part(first, 0, 30))],
        ['split', tensor(part(second, 100, 3), part(second, 500, 4), part(second, 40, 2))],
        ['b', tensor(part(first, 608, 1))],
      ]),
    );
    expect(Object.keys(found)).toEqual(['a', 'b', 'c', 'split']);
    expect(found.a).toEqual(at(0, 30));
    expect(found.b).toEqual(at(608, 1));
    expect(found.c).toEqual(at(1200, 17));
    expect(found.split).toEqual([...at(100, 3), ...at(500, 4), ...at(40, 2)]);
    for (const { reads } of [first, second])
      for (const [, length] of reads) expect(length).toBeLessThanOrEqual(Math.max(20, readBytes));
    if (readBytes === 2 ** 20) expect(first.reads).toEqual([[0, 1540]]);
    if (readBytes === 20 && reuses) expect(first.buffers.size).toBe(4);
    expect(first.mostPending).toBeLessThanOrEqual(4);
  });
});

test('a read that fails is met when its turn comes', async () => {
  const file = source(100, true, 450);
  const rows: number[] = [];
  const reading = async () => {
    for await (const { bytes } of readTensors(new Map([['a', tensor(part(file, 0, 40))]]))) rows.push(...bytes);
  };
  await expect(reading()).rejects.toThrow('gone');
  expect(rows).toEqual(at(0, 20));
});
