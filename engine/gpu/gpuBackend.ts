// The back end on a WebGPU device: memory, programs as recorded dispatches, results through a ring of mapped buffers. Knows
// no model and no kernel; what an operation launches stands in ops/.
import { StepsLost } from '../backend/backend.ts';
import type {
  Backend,
  KvLayer,
  MatrixSpec,
  MatrixWriter,
  Ops,
  Program,
  RopeTable,
  Route,
  Sampler,
  SamplerOptions,
  SamplerSettings,
  Tensor,
  Vector,
} from '../backend/backend.ts';
import { QuantizingWriter } from '../backend/quantizingWriter.ts';
import { EngineError } from '../errors.ts';
import { memoryBytes, type MemoryBytes } from '../format/memoryNeeds.ts';
import type { BackendInfo, TokenExperts, TokenInfo } from '../protocol.ts';
import { Buffers } from './buffers.ts';
import { ChainSteps } from './chainSteps.ts';
import type { OpenDevice } from './device.ts';
import { DrawnTokens } from './drawnTokens.ts';
import { GpuOps, type OpsHost } from './gpuOps.ts';
import { Arrangement } from './arrangement.ts';
import { MatrixTarget } from './matrixParts.ts';
import { GpuMatrixWriter } from './matrixWriter.ts';
import { decodeExperts, recordStrideOf } from './ops/recordExperts.ts';
import { Pipelines } from './pipelines.ts';
import { DecodeOps, decodesFused } from './decode/decodeOps.ts';
import { forSeveralTokens } from './dispatch.ts';
import { profile, type ProfileRow } from './profiler.ts';
import { GpuProgram, type ResidentStep } from './program.ts';
import { Readback } from './readback.ts';
import { residentStep } from './resident/residentStep.ts';
import type { Grid } from './resident/shape.ts';
import { configureGpuSampler, createGpuSampler, type GpuSamplerMemory } from './sampler.ts';
import { RowPlacer } from './rowPlacer.ts';
import { Staging } from './staging.ts';
import { StoredMatrixWriter } from './storedMatrixWriter.ts';
import {
  rowPadding,
  stepState,
  type GpuKvLayer,
  type GpuRopeTable,
  type GpuRoute,
  type GpuTensor,
  type GpuVector,
  type OpContext,
  type QuantizedForm,
  type QuantizedRows,
} from './types.ts';
import { groupsOf, layoutOf } from './weightLayouts.ts';
import { PassClock } from './passClock.ts';
import { WeightReads } from './weightReads.ts';
import type { TuningEntry } from '../tuner/table.ts';
import { tuneStep, type TuneRequest } from '../tuner/tune.ts';
import { untuned, type Tuning } from '../tuner/tuning.ts';

export interface GpuBackendOptions {
  /** Most tokens in one step. */
  maxTokens: number;
  /** int8 needs a device with integer dots; without them it is float. */
  activations: 'int8' | 'float';
  /** What keys and values are kept as. Default f32. */
  kv?: 'f32' | 'f16';
  /** Most bytes of a matrix in one binding. Default: what the device allows. */
  bindingLimit?: number;
  /** What is known of the adapter. Default: nothing. */
  tuning?: Tuning;
  /** What re-lays weights: kernels (of the types that have one), or the CPU. Default: the CPU on a software adapter. */
  placing?: 'kernels' | 'cpu';
  /** Several layers of a decode step in one dispatch, and on which grid. Default: off. */
  resident?: Grid | null;
}

type UsedDevice = Omit<OpenDevice, 'adapter'>;

/** Three of them, and a fourth on the device. */
const uploadChunkBytes = 4 * 2 ** 20;
/** Rows of a grid's second dimension, tokens · experts used, must stay below WebGPU's 65,535. */
const mostTokens = 4096;

export class GpuBackend implements Backend {
  readonly info: BackendInfo;
  readonly maxTokens: number;
  readonly stepsAhead = 2;
  /** Why no layers are resident; null where they are. */
  residentOff: string | null = null;
  readonly lost: Promise<Error>;
  readonly #device: GPUDevice;
  readonly #kv: 'f32' | 'f16';
  readonly #bindingLimit: number;
  readonly #grid: Grid | null;
  readonly #buffers: Buffers;
  readonly #arrangement: Arrangement;
  readonly #staging: Staging;
  /** Null: the CPU places. */
  readonly #placer: RowPlacer | null;
  readonly #pipelines: Pipelines;
  readonly #weights = new WeightReads();
  readonly #programs: GpuProgram[] = [];
  #tuning: Tuning;
  readonly #host: OpsHost;
  readonly #step: GPUBuffer;
  readonly #routerLogits = new Map<number, GpuTensor>();
  readonly #drawn: DrawnTokens;
  readonly #chain: ChainSteps;
  /** The first error that no error scope caught. */
  #failure: EngineError | null = null;
  /** Done when the last run of a program that draws nothing is. */
  #before = Promise.resolve();
  #lost = false;
  #destroyed = false;

  private constructor({ device, name, features }: UsedDevice, options: GpuBackendOptions) {
    const activations = features.integerDot ? options.activations : 'float';
    const kv = options.kv ?? 'f32';
    this.info = { kind: 'webgpu', name, software: features.software, activations, kv };
    this.maxTokens = Math.min(options.maxTokens, mostTokens);
    this.#device = device;
    this.#kv = kv;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    this.#bindingLimit = options.bindingLimit ?? Math.min(maxStorageBufferBindingSize, maxBufferSize);
    this.#grid = options.resident ?? null;
    this.#buffers = new Buffers(device);
    this.#arrangement = new Arrangement(this.#buffers, this.#bindingLimit);
    this.#staging = new Staging(device, this.#buffers, uploadChunkBytes);
    this.#pipelines = new Pipelines(device);
    this.#tuning = options.tuning ?? untuned;
    const placing = options.placing ?? (features.software ? 'cpu' : 'kernels');
    this.#placer = placing === 'kernels' ? new RowPlacer(device, this.#buffers, this.#pipelines, this.#staging) : null;
    this.#drawn = new DrawnTokens(this.#buffers, (mapped) => this.#guard(mapped));
    this.#step = this.#buffers.create('step', (stepState.ids + this.maxTokens) * 4);
    this.#chain = new ChainSteps(device, this.#buffers, this.#step, (mapped) => this.#guard(mapped));
    const context: OpContext = {
      device,
      features,
      maxTokens: this.maxTokens,
      step: this.#step,
      createBuffer: (label, bytes, usage) => this.#buffers.create(label, bytes, usage === undefined ? {} : { usage }),
    };
    this.#host = {
      context,
      activations,
      quantizedRows: (tensor, form, tokens) => this.#quantizedRows(tensor, form, tokens),
      routerLogits: (experts) => this.#routerLogitsFor(experts),
    };
    this.lost = new Promise((resolve) => {
      void device.lost.then(({ message }) => {
        this.#lost = true;
        if (!this.#destroyed) resolve(deviceLost(message));
      });
    });
    device.onuncapturederror = ({ error }) => {
      const outOfMemory = error.constructor.name === 'GPUOutOfMemoryError';
      const code = outOfMemory ? 'out-of-memory' : 'internal';
      this.#failure ??= new EngineError(code, 'The GPU reported an error.', error.message);
    };
  }

  /** @throws EngineError `out-of-memory` */
  static async open(device: UsedDevice, options: GpuBackendOptions): Promise<GpuBackend> {
    const backend = new GpuBackend(device, options);
    await backend.#buffers.settle();
    return backend;
  }

  get memory(): MemoryBytes {
    return memoryBytes(this.#buffers.bytes);
  }

  createVector(label: string, values: Float32Array): Vector {
    const vector: GpuVector = {
      label,
      width: values.length,
      buffer: this.#buffers.createFrom(label, values, 'weights'),
    };
    return vector;
  }

  arrange(layers: readonly (readonly (readonly MatrixSpec[])[])[]): void {
    if (decodesFused(this.#host)) this.#arrangement.reserve(layers);
  }

  createMatrix(spec: MatrixSpec): MatrixWriter {
    const create = (rows: MatrixSpec) => {
      const target = new MatrixTarget(rows, this.#buffers, this.#bindingLimit, this.#arrangement.take(spec.label));
      this.#weights.add(target);
      return target;
    };
    if (this.#placer && layoutOf(spec.quantize ?? spec.type, spec.label).stored)
      return new StoredMatrixWriter(create(spec), this.#placer);
    const { quantize, ...stored } = spec;
    const writer = new GpuMatrixWriter(create({ ...stored, type: quantize ?? stored.type }), this.#staging);
    return quantize ? new QuantizingWriter(writer, stored.type, quantize) : writer;
  }

  createTensor(label: string, width: number, extent: 'tokens' | 'last' = 'tokens', slots = 1): GpuTensor {
    const rows = extent === 'last' ? 1 : this.#paddedTokens * slots;
    const buffer = this.#buffers.create(label, rows * width * 4);
    return { label, width, extent, slots, rows, buffer, quantized: null };
  }

  createRoute(expertsUsed: number, expertCount: number, layers = 1): Route {
    this.#weights.expertsUsed = expertsUsed;
    const bytes = this.#paddedTokens * expertsUsed * 4;
    const recordStride = recordStrideOf(expertsUsed);
    const route: GpuRoute = {
      expertsUsed,
      expertCount,
      layers,
      ids: this.#buffers.create('expertIds', bytes),
      weights: this.#buffers.create('expertWeights', bytes),
      record: this.#buffers.create('expertRecord', layers * recordStride),
      recordStride,
      recording: false,
    };
    return route;
  }

  createKvLayers(count: number, kvHeadCount: number, headDim: number, contextLength: number): KvLayer[] {
    const bytes = contextLength * kvHeadCount * headDim * (this.#kv === 'f16' ? 2 : 4);
    const ranges = this.#arrangement.layers('kv', count, [bytes, bytes]);
    return ranges.map(([keys, values]): GpuKvLayer => ({
      kvHeadCount,
      headDim,
      contextLength,
      type: this.#kv,
      keys,
      values,
    }));
  }

  createRopeTable(cos: Float32Array, sin: Float32Array, headDim: number): RopeTable {
    // One buffer, so that a kernel can have both in one binding; sin starts where a binding of its own may start.
    const sinAt = Math.ceil(cos.byteLength / 256) * 256;
    const buffer = this.#buffers.create('rope', sinAt + sin.byteLength);
    this.#device.queue.writeBuffer(buffer, 0, cos.buffer, cos.byteOffset, cos.byteLength);
    this.#device.queue.writeBuffer(buffer, sinAt, sin.buffer, sin.byteOffset, sin.byteLength);
    const table: GpuRopeTable = {
      headDim,
      buffer,
      cos: { buffer, offset: 0, size: cos.byteLength },
      sin: { buffer, offset: sinAt, size: sin.byteLength },
    };
    return table;
  }

  createSampler(vocabularySize: number, options?: SamplerOptions): Sampler {
    return createGpuSampler(this.#host.context, vocabularySize, options);
  }

  async record(label: string, describe: (ops: Ops) => void): Promise<Program> {
    const ops = new GpuOps(this.#host);
    describe(ops);
    let { dispatches } = ops;
    if (decodesFused(this.#host)) {
      const single = new DecodeOps(this.#host);
      describe(single);
      dispatches = [...single.dispatches, ...dispatches.map(forSeveralTokens).filter((dispatch) => dispatch !== null)];
    }
    await this.#buffers.settle();
    const program = new GpuProgram(label, ops.sampler, dispatches);
    await this.#compile(program);
    this.#programs.push(program);
    if (ops.sampler) program.resident = await this.#residentStep(describe, ops.sampler);
    return program;
  }

  /** The fastest constants for the kernels of a program's step; what is in the cache and the activations is lost. */
  async tune(program: Program, request: TuneRequest, depth: number): Promise<TuningEntry[]> {
    const clock = new PassClock(this.#device, this.#buffers);
    const [device, pipelines, maxTokens] = [this.#device, this.#pipelines, this.maxTokens];
    const prepare = (tokens: number) => this.setTokens(new Uint32Array(tokens), depth);
    try {
      return await tuneStep(program as GpuProgram, { device, pipelines, clock, maxTokens, prepare }, request);
    } finally {
      clock.destroy();
    }
  }

  /** Records all programs again. */
  async useTuning(tuning: Tuning): Promise<void> {
    this.#tuning = tuning;
    for (const program of this.#programs) await this.#compile(program);
  }

  async #residentStep(describe: (ops: Ops) => void, sampler: GpuSamplerMemory): Promise<ResidentStep | null> {
    if (!this.#grid || !decodesFused(this.#host)) return null;
    const step = residentStep(this.#host, describe, sampler, this.#grid);
    if (typeof step === 'string') {
      this.residentOff = step;
      return null;
    }
    for (const program of [step.program, step.phased]) {
      await this.#compile(program);
      this.#programs.push(program);
    }
    return step;
  }

  /** What gave up once is not tried again. */
  #leaveResident(): void {
    this.residentOff = 'they gave up';
    for (const program of this.#programs) program.resident = null;
  }

  async #compile(program: GpuProgram): Promise<void> {
    const { limits } = this.#device;
    try {
      await program.record(this.#device, this.#pipelines, { tuning: this.#tuning, limits, maxTokens: this.maxTokens });
    } catch (error) {
      this.#check();
      throw new EngineError('internal', 'The GPU driver could not compile a kernel.', String(error));
    }
  }

  setTokens(tokens: ArrayLike<number>, position: number): void {
    if (tokens.length === 0 || tokens.length > this.maxTokens)
      throw new EngineError('internal', `A step of ${tokens.length} tokens; 1 to ${this.maxTokens} fit.`);
    const words = new Uint32Array(stepState.ids + tokens.length);
    words[stepState.position] = position;
    words[stepState.tokens] = tokens.length;
    words.set(tokens, stepState.ids);
    this.#device.queue.writeBuffer(this.#step, 0, words);
    this.#chain.position = position;
  }

  run(program: Program, tokens: number): void | Promise<void> {
    this.#check();
    const { sampler } = program as GpuProgram;
    if (sampler?.chain) return this.#drawn.add(sampler, this.#chain.run(program as GpuProgram, sampler, tokens));
    const encoder = this.#device.createCommandEncoder({ label: program.label });
    const resident = tokens === 1 ? (program as GpuProgram).resident : null;
    (resident?.program ?? (program as GpuProgram)).encode(encoder, tokens);
    const submitted = sampler && this.#drawn.expect(encoder, sampler, resident);
    this.#device.queue.submit([encoder.finish()]);
    if (submitted) return submitted();
    // One such run at work and one queued: enough to keep a device busy, and a stop is seen between chunks of a prompt.
    const before = this.#before;
    this.#before = this.#device.queue.onSubmittedWorkDone().catch(() => {});
    return before;
  }

  configureSampler(sampler: Sampler, settings: SamplerSettings): void {
    this.#drawn.forget(sampler as GpuSamplerMemory);
    configureGpuSampler(this.#host.context, sampler as GpuSamplerMemory, settings);
  }

  async sampled(sampler: Sampler): Promise<TokenInfo> {
    try {
      return await this.#drawn.next(sampler as GpuSamplerMemory);
    } catch (error) {
      if (error instanceof StepsLost) this.#leaveResident();
      throw error;
    }
  }

  async chosenExperts(sampler: Sampler): Promise<TokenExperts | null> {
    const { route } = sampler as GpuSamplerMemory;
    return route && decodeExperts(await this.#readBuffer(route.record, route.record.size), route);
  }

  async read(tensor: Tensor, rows: number): Promise<Float32Array> {
    const { buffer, width } = tensor as GpuTensor;
    return new Float32Array(await this.#readBuffer(buffer, rows * width * 4));
  }

  /** Times the launches of a program at a depth of the context; what is in the cache and the activations is lost. */
  profile(program: Program, tokens: number, depth = 0): Promise<ProfileRow[]> {
    return profile(this.#device, this.#buffers, (program as GpuProgram).recorded, {
      tokens,
      weightBytes: (dispatch) => this.#weights.readBy(dispatch, tokens),
      prepare: () => this.setTokens(new Uint32Array(tokens), depth),
    });
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#buffers.destroyAll();
    this.#device.destroy();
  }

  get #paddedTokens(): number {
    return Math.ceil(this.maxTokens / rowPadding) * rowPadding;
  }

  async #readBuffer(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.#check();
    const readback = new Readback(this.#buffers, bytes);
    const encoder = this.#device.createCommandEncoder();
    const result = readback.copy(encoder, buffer);
    this.#device.queue.submit([encoder.finish()]);
    try {
      return await this.#guard(result());
    } finally {
      readback.destroy();
    }
  }

  #quantizedRows({ label, width, rows, slots }: GpuTensor, form: QuantizedForm, tokens: number): QuantizedRows {
    const room = Math.min(rows, Math.ceil(tokens / rowPadding) * rowPadding * slots);
    const blocks = room * groupsOf(width) * 16;
    const values = this.#buffers.create(`${label}.${form}`, blocks * (form === 'int8' ? 16 : 32));
    const scales = form === 'halves' ? values : this.#buffers.create(`${label}.scales`, blocks * 8);
    return { tokens, values, scales };
  }

  #routerLogitsFor(experts: number): GpuTensor {
    let logits = this.#routerLogits.get(experts);
    if (!logits) this.#routerLogits.set(experts, (logits = this.createTensor('routerLogits', experts)));
    return logits;
  }

  /** @throws the error that the device has reported, or `device-lost` */
  #check(): void {
    if (this.#lost || this.#destroyed) throw deviceLost('');
    if (this.#failure) throw this.#failure;
  }

  /** Turns a failed mapping into what made it fail. */
  async #guard(mapped: Promise<ArrayBuffer>): Promise<ArrayBuffer> {
    try {
      const bytes = await mapped;
      if (this.#failure) throw this.#failure;
      return bytes;
    } catch (error) {
      throw error instanceof EngineError ? error : (this.#failure ?? deviceLost(String(error)));
    }
  }
}

function deviceLost(detail: string): EngineError {
  return new EngineError('device-lost', 'The GPU was reset or went away.', detail);
}
