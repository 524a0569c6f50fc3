// A checkpoint's tensors in the order in which they lie in its files, a few MiB at a time, some reads ahead, so that reading
// never waits for uploading, nor for the end of a tensor. Knows no tensor's meaning.
import type { CheckpointTensor } from '../format/checkpoint.ts';
import type { WeightSource } from '../format/source.ts';
import { rowBytes } from '../format/tensorTypes.ts';

const chunkBytes = 4 * 2 ** 20;
const readsAhead = 3;

export interface TensorChunk {
  name: string;
  tensor: CheckpointTensor;
  /** Whole rows, the next ones of the tensor; valid until the next chunk is asked for. */
  bytes: Uint8Array;
  /** Of all the tensor's rows, through its slabs. */
  firstRow: number;
  /** The tensor's last. */
  last: boolean;
}

/** @throws what the sources throw */
export async function* readTensors(tensors: ReadonlyMap<string, CheckpointTensor>): AsyncGenerator<TensorChunk> {
  const reads = inFileOrder(tensors).flatMap(([name, tensor]) => chunksOf(name, tensor));
  // As much as is in flight, and the chunk in the caller's hands: memory that goes round.
  const memory: Uint8Array<ArrayBuffer>[] = [];
  const pending: Promise<Uint8Array>[] = [];
  const begin = (index: number) => {
    const read = reads[index];
    if (!read) return;
    const slot = index % (readsAhead + 1);
    if (!(memory[slot]?.byteLength >= read.byteLength)) memory[slot] = new Uint8Array(read.byteLength);
    const bytes = read.source.read(read.offset, read.byteLength, memory[slot].subarray(0, read.byteLength));
    // A failure is met when the chunk's turn comes; until then it is not unhandled.
    bytes.catch(() => {});
    pending.push(bytes);
  };
  for (let index = 0; index < readsAhead; index++) begin(index);
  for (const [index, { name, tensor, firstRow, last }] of reads.entries()) {
    begin(index + readsAhead);
    yield { name, tensor, bytes: await pending.shift()!, firstRow, last };
  }
}

function inFileOrder(tensors: ReadonlyMap<string, CheckpointTensor>): [string, CheckpointTensor][] {
  const files = new Map<WeightSource, number>();
  for (const { parts } of tensors.values()) if (!files.has(parts[0].source)) files.set(parts[0].source, files.size);
  return [...tensors].sort(
    (
      [
        ,
        {
          parts: [a],
        },
      ],
      [
        ,
        {
          parts: [b],
        },
      ],
    ) => (a.source === b.source ? a.offset - b.offset : files.get(a.source)! - files.get(b.source)!),
  );
}

type Read = Omit<TensorChunk, 'bytes'> & { source: WeightSource; offset: number; byteLength: number };

function chunksOf(name: string, tensor: CheckpointTensor): Read[] {
  const bytesPerRow = rowBytes(tensor.type, tensor.shape.at(-1)!);
  const most = Math.max(1, Math.floor(chunkBytes / bytesPerRow)) * bytesPerRow;
  const reads: Read[] = [];
  let firstRow = 0;
  for (const { source, offset, byteLength } of tensor.parts) {
    for (let at = 0; at < byteLength; at += most) {
      const length = Math.min(most, byteLength - at);
      reads.push({ name, tensor, firstRow, last: false, source, offset: offset + at, byteLength: length });
      firstRow += length / bytesPerRow;
    }
  }
  reads.at(-1)!.last = true;
  return reads;
}
