// A checkpoint's tensors in the order in which they lie in its files, in reads of a size that the source likes, some ahead, so
// that reading never waits for uploading, nor for the end of a tensor. Knows no tensor's meaning.
import type { CheckpointTensor } from '../format/checkpoint.ts';
import type { WeightSource } from '../format/source.ts';
import { rowBytes } from '../format/tensorTypes.ts';

const usualReadBytes = 4 * 2 ** 20;
/** Reads in flight: this many, or as many as fit in memory with the one that is being worked on, but at least one. */
const mostReadsAhead = 3;
const readMemory = 24 * 2 ** 20;
/** Bytes between tensors that are read with them. */
const largestGap = 4096;

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

/** Rows of one tensor that lie together; the end of a read, or all of it. */
interface Run extends Omit<TensorChunk, 'bytes'> {
  source: WeightSource;
  offset: number;
  byteLength: number;
}

interface Read {
  source: WeightSource;
  offset: number;
  byteLength: number;
  runs: Run[];
}

/** @throws what the sources throw */
export async function* readTensors(tensors: ReadonlyMap<string, CheckpointTensor>): AsyncGenerator<TensorChunk> {
  const reads = planReads(tensors);
  const largest = reads.reduce((most, { byteLength }) => Math.max(most, byteLength), 1);
  const ahead = Math.max(1, Math.min(mostReadsAhead, Math.floor(readMemory / largest) - 1));
  // As much as is in flight, and what is in the caller's hands: memory that goes round.
  const memory: Uint8Array<ArrayBuffer>[] = [];
  const pending: Promise<Uint8Array>[] = [];
  const begin = (index: number) => {
    const read = reads[index];
    if (!read) return;
    const { source, offset, byteLength } = read;
    const slot = index % (ahead + 1);
    if (source.reusesMemory) memory[slot] ??= new Uint8Array(largest);
    const bytes = source.read(offset, byteLength, memory[slot]?.subarray(0, byteLength));
    // A failure is met when the read's turn comes; until then it is not unhandled.
    bytes.catch(() => {});
    pending.push(bytes);
  };
  for (let index = 0; index < ahead; index++) begin(index);
  for (const [index, { offset, runs }] of reads.entries()) {
    begin(index + ahead);
    const bytes = await pending.shift()!;
    for (const { name, tensor, firstRow, last, offset: at, byteLength } of runs) {
      yield { name, tensor, bytes: bytes.subarray(at - offset, at - offset + byteLength), firstRow, last };
    }
  }
}

/** Runs that follow each other in a file share a read as far as they fit. */
function planReads(tensors: ReadonlyMap<string, CheckpointTensor>): Read[] {
  const reads: Read[] = [];
  for (const run of inFileOrder(tensors).flatMap(([name, tensor]) => runsOf(name, tensor))) {
    const { source, offset, byteLength } = run;
    const read = reads.at(-1);
    const gap = read?.source === source ? offset - (read.offset + read.byteLength) : Infinity;
    const joined = read && gap >= 0 && gap <= largestGap ? read.byteLength + gap + byteLength : Infinity;
    if (read && joined <= (source.readBytes ?? usualReadBytes)) {
      read.runs.push(run);
      read.byteLength = joined;
    } else reads.push({ source, offset, byteLength, runs: [run] });
  }
  return reads;
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

function runsOf(name: string, tensor: CheckpointTensor): Run[] {
  const bytesPerRow = rowBytes(tensor.type, tensor.shape.at(-1)!);
  const runs: Run[] = [];
  let firstRow = 0;
  for (const { source, offset, byteLength } of tensor.parts) {
    const most = Math.max(1, Math.floor((source.readBytes ?? usualReadBytes) / bytesPerRow)) * bytesPerRow;
    for (let at = 0; at < byteLength; at += most) {
      const length = Math.min(most, byteLength - at);
      runs.push({ name, tensor, firstRow, last: false, source, offset: offset + at, byteLength: length });
      firstRow += length / bytesPerRow;
    }
  }
  runs.at(-1)!.last = true;
  return runs;
}
