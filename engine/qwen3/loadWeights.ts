// Streams a checkpoint's tensors into a back end, a few MiB at a time. The only file that knows the checkpoint's tensor names.
import type { Backend, Matrix, Vector } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import type { Checkpoint, CheckpointTensor } from '../format/checkpoint.ts';
import { dequantizeRows } from '../format/dequantize/dequantizeRows.ts';
import { rowBytes } from '../format/tensorTypes.ts';

export interface AttentionWeights {
  norm: Vector;
  q: Matrix;
  k: Matrix;
  v: Matrix;
  qNorm: Vector;
  kNorm: Vector;
  output: Matrix;
}

/** `router` null: a dense layer. */
export interface FeedForwardWeights {
  norm: Vector;
  router: Matrix | null;
  gate: Matrix;
  up: Matrix;
  down: Matrix;
}

export interface LayerWeights {
  attention: AttentionWeights;
  feedForward: FeedForwardWeights;
}

export interface Qwen3Weights {
  embedding: Matrix;
  layers: LayerWeights[];
  outputNorm: Vector;
  /** The embedding itself when tied. */
  head: Matrix;
}

const chunkBytes = 8 * 2 ** 20;

/**
 * @param onBytes called with the bytes read since the last call
 * @throws EngineError `bad-weights` for a norm with NaN or infinity, `aborted`, and what the source and the back end throw
 */
export async function loadWeights(
  checkpoint: Checkpoint,
  backend: Backend,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): Promise<Qwen3Weights> {
  const tensor = (name: string): CheckpointTensor => {
    const found = checkpoint.tensors.get(name);
    if (!found) throw new EngineError('bad-tensors', `The model file lacks the tensor ${name}.`);
    return found;
  };

  const vector = async (name: string): Promise<Vector> => {
    const { type, shape, parts } = tensor(name);
    const values = new Float32Array(shape[0]);
    const part = parts[0];
    dequantizeRows(type, await part.source.read(part.offset, part.byteLength), values);
    if (!values.every(Number.isFinite)) {
      throw new EngineError('bad-weights', `The model file is damaged: ${name} holds values that are not numbers.`);
    }
    onBytes(part.byteLength);
    return backend.createVector(name, values);
  };

  const matrix = async (name: string): Promise<Matrix> => {
    const { type, shape, parts } = tensor(name);
    const [slabs, rows, columns] = shape.length === 3 ? shape : [1, ...shape];
    const writer = backend.createMatrix({ label: name, type, slabs, rows, columns });
    let row = 0;
    for await (const bytes of readRows(parts, rowBytes(type, columns))) {
      if (signal?.aborted) throw new EngineError('aborted', 'Loading was stopped.');
      await writer.write(bytes, row);
      onBytes(bytes.byteLength);
      row += bytes.byteLength / rowBytes(type, columns);
    }
    return writer.finish();
  };

  const embedding = await matrix('token_embd.weight');
  const layers: LayerWeights[] = [];
  for (let n = 0; n < checkpoint.config.layerCount; n++) {
    const name = (suffix: string) => `blk.${n}.${suffix}.weight`;
    const sparse = checkpoint.tensors.has(name('ffn_gate_inp'));
    const experts = sparse ? '_exps' : '';
    layers.push({
      attention: {
        norm: await vector(name('attn_norm')),
        q: await matrix(name('attn_q')),
        k: await matrix(name('attn_k')),
        v: await matrix(name('attn_v')),
        qNorm: await vector(name('attn_q_norm')),
        kNorm: await vector(name('attn_k_norm')),
        output: await matrix(name('attn_output')),
      },
      feedForward: {
        norm: await vector(name('ffn_norm')),
        router: sparse ? await matrix(name('ffn_gate_inp')) : null,
        gate: await matrix(name(`ffn_gate${experts}`)),
        up: await matrix(name(`ffn_up${experts}`)),
        down: await matrix(name(`ffn_down${experts}`)),
      },
    });
  }
  const outputNorm = await vector('output_norm.weight');
  const head = checkpoint.tensors.has('output.weight') ? await matrix('output.weight') : embedding;
  return { embedding, layers, outputNorm, head };
}

/** The rows of a tensor in order, a few MiB at a time, one read ahead, so that reading and uploading overlap. */
async function* readRows(parts: CheckpointTensor['parts'], bytesPerRow: number): AsyncGenerator<Uint8Array> {
  const most = Math.max(1, Math.floor(chunkBytes / bytesPerRow)) * bytesPerRow;
  const reads = parts.flatMap(({ source, offset, byteLength }) =>
    Array.from({ length: Math.ceil(byteLength / most) }, (_, i) => () => {
      const bytes = source.read(offset + i * most, Math.min(most, byteLength - i * most));
      // A failure is met when the chunk's turn comes; until then it is not unhandled.
      bytes.catch(() => {});
      return bytes;
    }),
  );
  let ahead = reads[0]?.();
  for (let i = 0; i < reads.length; i++) {
    const bytes = await ahead;
    ahead = reads[i + 1]?.();
    yield bytes;
  }
}
