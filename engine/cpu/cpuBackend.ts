// The back end of machines without WebGPU: typed arrays and the CPU twins. Weights are dequantised once, while they stream
// in. A program is a list of closures; memory and programs here, arithmetic in the files beside this one.
import type {
  AheadLimits,
  Backend,
  MatrixSpec,
  MatrixWriter,
  Ops,
  Program,
  Sampler,
  SamplerOptions,
  SamplerSettings,
  Tensor,
} from '../backend/backend.ts';
import { QuantizingWriter } from '../backend/quantizingWriter.ts';
import { EngineError } from '../errors.ts';
import { dequantizeRows } from '../format/dequantize/dequantizeRows.ts';
import { memoryBytes, type HeldFor, type KvType, type MemoryBytes } from '../format/memoryNeeds.ts';
import { rowBytes } from '../format/tensorTypes.ts';
import type { BackendInfo, TokenExperts, TokenInfo } from '../protocol.ts';
import { CpuOps } from './cpuOps.ts';
import { createKvRows } from './kvRows.ts';
import type { CpuKvLayer, CpuMatrix, CpuRopeTable, CpuRoute, CpuStep, CpuTensor, CpuVector } from './handles.ts';
import { CpuSampler, expertsOf } from './sample.ts';

export interface CpuProgram extends Program {
  readonly operations: (() => void)[];
}

export class CpuBackend implements Backend {
  readonly info: BackendInfo;
  readonly lost = new Promise<Error>(() => {});
  readonly maxTokens: number;
  readonly #bytes = { weights: 0, kv: 0, scratch: 0 };
  readonly #step: CpuStep;

  /** `kv`: what keys and values are kept as; f32 if not named. */
  constructor({ maxTokens = 32, kv = 'f32' }: { maxTokens?: number; kv?: KvType } = {}) {
    this.info = { kind: 'cpu', name: 'CPU', software: true, activations: 'float', kv };
    this.maxTokens = maxTokens;
    this.#step = { tokenIds: new Uint32Array(this.maxTokens), position: 0, tokens: 0 };
  }

  get memory(): MemoryBytes {
    return memoryBytes(this.#bytes);
  }

  createVector(label: string, values: Float32Array): CpuVector {
    this.#bytes.weights += values.byteLength;
    return { label, width: values.length, values };
  }

  /** Every matrix has an array of its own. */
  arrange(): void {}

  createMatrix({ quantize, ...stored }: MatrixSpec): MatrixWriter {
    const spec = { ...stored, type: quantize ?? stored.type };
    const values = this.#allocate(spec.slabs * spec.rows * spec.columns, 'weights');
    const bytesPerRow = rowBytes(spec.type, spec.columns);
    const writer: MatrixWriter = {
      write: (bytes, firstRow) => {
        const from = firstRow * spec.columns;
        const count = (bytes.byteLength / bytesPerRow) * spec.columns;
        dequantizeRows(spec.type, bytes, values.subarray(from, from + count));
        return Promise.resolve();
      },
      finish: (): CpuMatrix => ({ ...spec, values }),
    };
    return quantize ? new QuantizingWriter(writer, stored.type, quantize) : writer;
  }

  createTensor(label: string, width: number, extent: 'tokens' | 'last' = 'tokens', slots = 1): CpuTensor {
    const rows = extent === 'last' ? 1 : this.maxTokens * slots;
    return { label, width, extent, slots, values: this.#allocate(rows * width, 'scratch') };
  }

  createRoute(expertsUsed: number, expertCount: number, layers = 1): CpuRoute {
    const slots = this.maxTokens * expertsUsed;
    return {
      expertsUsed,
      expertCount,
      layers,
      expertIds: new Uint32Array(slots),
      expertWeights: new Float32Array(slots),
      recordedIds: new Uint32Array(layers * expertsUsed),
      recordedWeights: new Float32Array(layers * expertsUsed),
    };
  }

  createKvLayers(count: number, kvHeadCount: number, headDim: number, contextLength: number): CpuKvLayer[] {
    const { kv } = this.info;
    const rows = contextLength * kvHeadCount;
    const shape = { kvHeadCount, headDim, contextLength };
    const arrays = (heldFor: HeldFor) => ({
      keys: this.#allocate(rows * headDim, heldFor),
      values: this.#allocate(rows * headDim, heldFor),
    });
    if (kv === 'f32')
      return Array.from({ length: count }, () => ({ ...shape, ...arrays('kv'), keep: () => {}, fetch: () => {} }));
    const shared = arrays('scratch');
    return Array.from({ length: count }, () => {
      const keys = this.#hold('kv', () => createKvRows(kv, rows, headDim));
      const values = this.#hold('kv', () => createKvRows(kv, rows, headDim));
      return {
        ...shape,
        ...shared,
        keep: (entry: number, tokens: number) => {
          keys.keep(shared.keys, entry * kvHeadCount, tokens * kvHeadCount);
          values.keep(shared.values, entry * kvHeadCount, tokens * kvHeadCount);
        },
        fetch: (entries: number) => {
          keys.fetch(shared.keys, entries * kvHeadCount);
          values.fetch(shared.values, entries * kvHeadCount);
        },
      };
    });
  }

  createRopeTable(cos: Float32Array, sin: Float32Array, headDim: number): CpuRopeTable {
    return { headDim, cos, sin };
  }

  createSampler(vocabularySize: number, { route = null }: SamplerOptions = {}): CpuSampler {
    return new CpuSampler(vocabularySize, route as CpuRoute | null);
  }

  record(label: string, describe: (ops: Ops) => void): Promise<CpuProgram> {
    const operations: (() => void)[] = [];
    describe(new CpuOps(this.#step, (operation) => operations.push(operation)));
    return Promise.resolve({ label, dispatches: 0, operations });
  }

  setTokens(tokens: ArrayLike<number>, position: number): void {
    this.#step.tokenIds.set(tokens);
    this.#step.position = position;
  }

  ahead(): AheadLimits {
    return { steps: 1, together: 1 };
  }

  run(program: Program, tokens: number): Promise<void> {
    this.#step.tokens = tokens;
    for (const operation of (program as CpuProgram).operations) operation();
    // A turn of the event loop between steps, so that an abort is heard.
    return nextTurn();
  }

  configureSampler(sampler: Sampler, settings: SamplerSettings): void {
    (sampler as CpuSampler).configure(settings);
  }

  sampled(sampler: Sampler): Promise<TokenInfo> {
    const drawn = (sampler as CpuSampler).take();
    return drawn instanceof EngineError ? Promise.reject(drawn) : Promise.resolve(drawn);
  }

  chosenExperts(sampler: Sampler): Promise<TokenExperts | null> {
    const { record } = sampler as CpuSampler;
    return Promise.resolve(record && expertsOf(record));
  }

  read(tensor: Tensor, rows: number): Promise<Float32Array> {
    return Promise.resolve((tensor as CpuTensor).values.slice(0, rows * tensor.width));
  }

  destroy(): void {
    Object.assign(this.#bytes, { weights: 0, kv: 0, scratch: 0 });
  }

  #allocate(values: number, heldFor: HeldFor): Float32Array {
    return this.#hold(heldFor, () => new Float32Array(values));
  }

  #hold<Held extends { byteLength: number }>(heldFor: HeldFor, make: () => Held): Held {
    try {
      const held = make();
      this.#bytes[heldFor] += held.byteLength;
      return held;
    } catch (error) {
      throw new EngineError('out-of-memory', 'There is not enough memory for this model.', String(error));
    }
  }
}

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();
// In Node an open port would keep the process alive.
(channel.port1 as { unref?: () => void }).unref?.();

/** Resolves in the next macrotask: a timer would wait for at least a millisecond. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
