// Runs dispatches of engine/gpu/ops on a test device: tensors out of arrays, and back. Knows nothing of the back end.
import { rowPadding } from '../../engine/format/deviceLayout.ts';
import { kvRowBytes, type KvType } from '../../engine/format/memoryNeeds.ts';
import { runDispatches, type Dispatch } from '../../engine/gpu/dispatch.ts';
import { recordStrideOf } from '../../engine/gpu/ops/recordExperts.ts';
import { Pipelines } from '../../engine/gpu/pipelines.ts';
import {
  stepState,
  type BufferRange,
  type GpuKvLayer,
  type GpuRopeTable,
  type GpuRoute,
  type GpuTensor,
  type GpuVector,
  type OpContext,
} from '../../engine/gpu/types.ts';
import { readBuffer } from './gpu.ts';

export { relativeError } from './relativeError.ts';

const pipelinesOf = new WeakMap<GPUDevice, Pipelines>();

/** A context, and makers of what the ops take. `software` picks the workgroup shapes meant for SwiftShader. */
export class KernelBench {
  readonly context: OpContext;
  readonly device: GPUDevice;

  constructor(
    device: GPUDevice,
    options: { maxTokens?: number; software?: boolean; matrices?: 'units' | 'lanes' } = {},
  ) {
    this.device = device;
    const maxTokens = options.maxTokens ?? 16;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const createBuffer = (label: string, bytes: number, special = usage) =>
      device.createBuffer({ label, size: Math.max(16, Math.ceil(bytes / 16) * 16), usage: special });
    this.context = {
      device,
      features: {
        subgroups: false,
        integerDot: false,
        software: options.software ?? true,
        ...(options.matrices && { matrices: options.matrices }),
      },
      maxTokens,
      step: createBuffer('step', 4 * (stepState.ids + maxTokens)),
      createBuffer,
    };
  }

  setStep(position: number, ids: number[]): void {
    this.device.queue.writeBuffer(this.context.step, 0, new Uint32Array([position, ids.length, ...ids]));
  }

  buffer(values: Float32Array | Uint32Array, bytes = values.byteLength): GPUBuffer {
    const buffer = this.context.createBuffer('test', bytes);
    this.device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
    return buffer;
  }

  vector(values: Float32Array): GpuVector {
    return { label: 'vector', width: values.length, buffer: this.buffer(values) };
  }

  /** Room for a multiple of rowPadding tokens; what is beyond the values is `sentinel`. */
  tensor(width: number, values: Float32Array = new Float32Array(0), options: TensorOptions = {}): GpuTensor {
    const { extent = 'tokens', slots = 1, sentinel = 0 } = options;
    const tokens = Math.ceil(this.context.maxTokens / rowPadding) * rowPadding;
    const rows = extent === 'last' ? 1 : tokens * slots;
    const all = new Float32Array(rows * width).fill(sentinel);
    all.set(values);
    return { label: 'tensor', width, extent, slots, rows, quantized: null, buffer: this.buffer(all) };
  }

  kvLayer(kvHeadCount: number, headDim: number, contextLength: number, type: KvType = 'f32'): GpuKvLayer {
    const bytes = contextLength * kvHeadCount * kvRowBytes(type, headDim);
    const room = (label: string): BufferRange => {
      const buffer = this.context.createBuffer(label, bytes);
      return { buffer, offset: 0, size: buffer.size };
    };
    const [keys, values] = [room('keys'), room('values')];
    return { kvHeadCount, headDim, contextLength, type, keys, values };
  }

  ropeTable(cos: Float32Array, sin: Float32Array, headDim: number): GpuRopeTable {
    const sinAt = Math.ceil(cos.byteLength / 256) * 256;
    const values = new Float32Array((sinAt + sin.byteLength) / 4);
    values.set(cos);
    values.set(sin, sinAt / 4);
    const buffer = this.buffer(values);
    return {
      headDim,
      buffer,
      cos: { buffer, offset: 0, size: cos.byteLength },
      sin: { buffer, offset: sinAt, size: sin.byteLength },
    };
  }

  route(expertsUsed: number, expertCount: number, layers = 1): GpuRoute {
    const bytes = 4 * expertsUsed * (this.context.maxTokens + rowPadding);
    const [ids, weights] = [this.context.createBuffer('ids', bytes), this.context.createBuffer('weights', bytes)];
    const recordStride = recordStrideOf(expertsUsed);
    const record = this.context.createBuffer('record', layers * recordStride);
    return { expertsUsed, expertCount, layers, ids, weights, record, recordStride, recording: false };
  }

  async run(dispatches: readonly Dispatch[], tokens: number): Promise<void> {
    let pipelines = pipelinesOf.get(this.device);
    if (!pipelines) pipelinesOf.set(this.device, (pipelines = new Pipelines(this.device)));
    await runDispatches(this.device, dispatches, tokens, pipelines);
  }

  async floats(buffer: GPUBuffer, count = buffer.size / 4): Promise<Float32Array> {
    return new Float32Array(await readBuffer(this.device, buffer)).slice(0, count);
  }

  async words(buffer: GPUBuffer, count = buffer.size / 4): Promise<Uint32Array> {
    return new Uint32Array(await readBuffer(this.device, buffer)).slice(0, count);
  }
}

export interface TensorOptions {
  extent?: 'tokens' | 'last';
  slots?: number;
  sentinel?: number;
}

/** Numbers that look normally distributed, the same for the same seed. */
export function gaussians(count: number, seed: number, scale = 1): Float32Array {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}
