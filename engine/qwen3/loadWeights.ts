// Streams a checkpoint's tensors into a back end, in the order in which they come. The only file that knows the checkpoint's tensor names.
import type { Backend, Matrix, MatrixSpec, MatrixWriter, Vector } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import type { Checkpoint, CheckpointTensor } from '../format/checkpoint.ts';
import { dequantizeRows } from '../format/dequantize/dequantizeRows.ts';
import type { QuantizedType } from '../format/quantize/quantizeRows.ts';
import { quantizedTypeOf } from '../format/quantize/quantizedTypeOf.ts';
import { stopped } from '../unlessStopped.ts';
import { readTensors } from './readTensors.ts';

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

export interface LoadWeightsOptions {
  /** What matrices of floats become on the way. */
  quantize?: QuantizedType | undefined;
  /** Called with the bytes read since the last call. */
  onBytes?: (count: number) => void;
  signal?: AbortSignal;
}

/**
 * @throws EngineError `bad-weights` for a norm with NaN or infinity, `aborted`, and what the source and the back end throw
 */
export async function loadWeights(
  checkpoint: Checkpoint,
  backend: Backend,
  { quantize, onBytes = () => {}, signal }: LoadWeightsOptions = {},
): Promise<Qwen3Weights> {
  const vectors = new Map<string, Vector>();
  const matrices = new Map<string, Matrix>();
  let writer: MatrixWriter | null = null;
  const specOf = (tensor: CheckpointTensor) =>
    matrixSpec(tensor, quantizedTypeOf(tensor, checkpoint.tensors, quantize));
  backend.arrange(layerSets(checkpoint, specOf));
  for await (const { name, tensor, bytes, firstRow, last } of readTensors(checkpoint.tensors)) {
    if (signal?.aborted) throw stopped();
    if (tensor.shape.length === 1) vectors.set(name, backend.createVector(name, norm(name, tensor, bytes)));
    else {
      writer ??= backend.createMatrix(specOf(tensor));
      await writer.write(bytes, firstRow);
      if (last) {
        matrices.set(name, writer.finish());
        writer = null;
      }
    }
    onBytes(bytes.byteLength);
  }
  return assemble(checkpoint.config.layerCount, vectors, matrices);
}

/** What a layer's kernels read together: everything but the experts, gate and up, down. */
function layerSets(
  { config, tensors }: Checkpoint,
  specOf: (tensor: CheckpointTensor) => MatrixSpec,
): MatrixSpec[][][] {
  const roles = [['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate_inp'], ['ffn_gate', 'ffn_up'], ['ffn_down']];
  const specs = (n: number, role: string): MatrixSpec[] => {
    const names = [`blk.${n}.${role}.weight`, `blk.${n}.${role}_exps.weight`];
    return names.flatMap((name) => {
      const tensor = tensors.get(name);
      return tensor ? [specOf(tensor)] : [];
    });
  };
  return Array.from({ length: config.layerCount }, (_, n) => roles.map((set) => set.flatMap((role) => specs(n, role))));
}

function matrixSpec({ name: label, type, shape }: CheckpointTensor, quantize: QuantizedType | null): MatrixSpec {
  const [slabs, rows, columns] = shape.length === 3 ? shape : [1, ...shape];
  return { label, type, slabs, rows, columns, ...(quantize && { quantize }) };
}

function norm(name: string, { type, shape }: CheckpointTensor, bytes: Uint8Array): Float32Array {
  const values = new Float32Array(shape[0]);
  dequantizeRows(type, bytes, values);
  if (values.every(Number.isFinite)) return values;
  throw new EngineError('bad-weights', `The model file is damaged: ${name} holds values that are not numbers.`);
}

function assemble(
  layerCount: number,
  vectors: ReadonlyMap<string, Vector>,
  matrices: ReadonlyMap<string, Matrix>,
): Qwen3Weights {
  const get = <T>(from: ReadonlyMap<string, T>, name: string): T => {
    const found = from.get(name);
    if (!found) throw new EngineError('bad-tensors', `The model file lacks the tensor ${name}.`);
    return found;
  };
  const layer = (n: number): LayerWeights => {
    const vector = (name: string) => get(vectors, `blk.${n}.${name}.weight`);
    const matrix = (name: string) => get(matrices, `blk.${n}.${name}.weight`);
    const sparse = matrices.has(`blk.${n}.ffn_gate_inp.weight`);
    const experts = sparse ? '_exps' : '';
    return {
      attention: {
        norm: vector('attn_norm'),
        q: matrix('attn_q'),
        k: matrix('attn_k'),
        v: matrix('attn_v'),
        qNorm: vector('attn_q_norm'),
        kNorm: vector('attn_k_norm'),
        output: matrix('attn_output'),
      },
      feedForward: {
        norm: vector('ffn_norm'),
        router: sparse ? matrix('ffn_gate_inp') : null,
        gate: matrix(`ffn_gate${experts}`),
        up: matrix(`ffn_up${experts}`),
        down: matrix(`ffn_down${experts}`),
      },
    };
  };
  const embedding = get(matrices, 'token_embd.weight');
  return {
    embedding,
    layers: Array.from({ length: layerCount }, (_, n) => layer(n)),
    outputNorm: get(vectors, 'output_norm.weight'),
    head: matrices.get('output.weight') ?? embedding,
  };
}
