// The back end on a WebGPU device: memory, programs as recorded dispatches, results through a ring of mapped buffers. Knows
// no model and no kernel; what an operation launches stands in ops/.
import { StepsLost } from '../backend/backend.ts';
import type {
  AheadLimits,
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
import { kvRowBytes, memoryBytes, type KvType, type MemoryBytes } from '../format/memoryNeeds.ts';
import type { BackendInfo, TokenExperts, TokenInfo } from '../protocol.ts';
import { Buffers } from './buffers.ts';
import { ChainSteps } from './chainSteps.ts';
import type { OpenDevice } from './device.ts';
import { DeviceHealth } from './deviceHealth.ts';
import { DrawnTokens } from './drawnTokens.ts';
import { decodesFused } from './decode/decodeOps.ts';
import type { OpsHost } from './gpuOps.ts';
import { Arrangement } from './arrangement.ts';
import { MatrixTarget } from './matrixParts.ts';
import { GpuMatrixWriter } from './matrixWriter.ts';
import { decodeExperts, recordStrideOf } from './ops/recordExperts.ts';
import { Pipelines } from './pipelines.ts';
import { profile, type ProfileRow } from './profiler.ts';
import type { GpuProgram } from './program.ts';
import { Programs } from './programs.ts';
import { Readback } from './readback.ts';
import { ResidentLayers } from './resident/residentLayers.ts';
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
import { WeightReads } from './weightReads.ts';
import type { TuningEntry } from '../tuner/table.ts';
import type { TuneRequest } from '../tuner/tune.ts';
import { untuned, type Tuning } from '../tuner/tuning.ts';

export interface GpuBackendOptions {
  /** Most tokens in one step. */
  maxTokens: number;
  /** int8 needs a device with integer dots; without them it is float. */
  activations: 'int8' | 'float';
  /** What keys and values are kept as. Default f32. */
  kv?: KvType;
  /** Most bytes of a matrix in one binding. Default: what the device allows. */
  bindingLimit?: number;
  /** What is known of the adapter. Default: nothing. */
  tuning?: Tuning;
  /** What re-lays weights: kernels (of the types that have one), or the CPU. Default: the CPU on a software adapter. */
  placing?: 'kernels' | 'cpu';
  /** For tests: resident layers on this grid, unproven. Default: none before `resident.use`. */
  resident?: Grid | null;
  /** How far steps run ahead, where that is to be tried out. */
  ahead?: Partial<AheadLimits>;
}

/** More than two only while results come late (generate/stepsAhead.ts). */
const usualAhead: AheadLimits = { steps: 16, together: 4 };
/** A step whose token the CPU draws begins when the one before has ended. */
const chainAhead: AheadLimits = { steps: 2, together: 1 };

type UsedDevice = Omit<OpenDevice, 'adapter'>;

/** Three of them, and a fourth on the device. */
const uploadChunkBytes = 4 * 2 ** 20;
/** Rows of a grid's second dimension, tokens · experts used, must stay below WebGPU's 65,535. */
const mostTokens = 4096;

export class GpuBackend implements Backend {
  readonly info: BackendInfo;
  readonly maxTokens: number;
  readonly lost: Promise<Error>;
  readonly resident: ResidentLayers;
  readonly #device: GPUDevice;
  readonly #health: DeviceHealth;
  readonly #kv: KvType;
  readonly #bindingLimit: number;
  readonly #buffers: Buffers;
  readonly #arrangement: Arrangement;
  readonly #staging: Staging;
  /** Null: the CPU places. */
  readonly #placer: RowPlacer | null;
  readonly #weights = new WeightReads();
  readonly #programs: Programs;
  readonly #grid: Grid | null;
  readonly #ahead: AheadLimits;
  readonly #host: OpsHost;
  readonly #step: GPUBuffer;
  readonly #routerLogits = new Map<number, GpuTensor>();
  readonly #drawn: DrawnTokens;
  readonly #chain: ChainSteps;
  /** Done when the last run of a program that draws nothing is. */
  #before = Promise.resolve();

  private constructor({ device, name, features }: UsedDevice, options: GpuBackendOptions) {
    const activations = features.integerDot ? options.activations : 'float';
    const kv = options.kv ?? 'f32';
    this.info = { kind: 'webgpu', name, software: features.software, activations, kv };
    this.maxTokens = Math.min(options.maxTokens, mostTokens);
    this.#device = device;
    this.#health = new DeviceHealth(device);
    this.lost = this.#health.lost;
    this.#kv = kv;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    this.#bindingLimit = options.bindingLimit ?? Math.min(maxStorageBufferBindingSize, maxBufferSize);
    this.#ahead = { ...usualAhead, ...options.ahead };
    this.#buffers = new Buffers(device);
    this.#arrangement = new Arrangement(this.#buffers, this.#bindingLimit);
    this.#staging = new Staging(device, this.#buffers, uploadChunkBytes);
    const pipelines = new Pipelines(device);
    const placing = options.placing ?? (features.software ? 'cpu' : 'kernels');
    this.#placer = placing === 'kernels' ? new RowPlacer(device, this.#buffers, pipelines, this.#staging) : null;
    this.#drawn = new DrawnTokens(this.#buffers, this.#health.guard);
    this.#step = this.#buffers.create('step', (stepState.ids + this.maxTokens) * 4);
    this.#chain = new ChainSteps(device, this.#buffers, this.#step, this.#health.guard);
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
    const programs = { ops: this.#host, buffers: this.#buffers, pipelines, check: () => this.#health.check() };
    this.#programs = new Programs(programs, options.tuning ?? untuned);
    this.#grid = options.resident ?? null;
    this.resident = new ResidentLayers({
      device,
      buffers: this.#buffers,
      programs: this.#programs,
      info: this.info,
      configureSampler: (sampler, settings) => this.configureSampler(sampler, settings),
      setTokens: (tokens, position) => this.setTokens(tokens, position),
      health: this.#health,
    });
  }

  /** @throws EngineError `out-of-memory` */
  static async open(device: UsedDevice, options: GpuBackendOptions): Promise<GpuBackend> {
    const backend = new GpuBackend(device, options);
    await backend.#buffers.settle();
    return backend;
  }

  get isLost(): boolean {
    return this.#health.isLost;
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
    const bytes = contextLength * kvHeadCount * kvRowBytes(this.#kv, headDim);
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
    const program = await this.#programs.record(label, describe);
    if (this.#grid && program.sampler) await this.resident.use(program, this.#grid);
    return program;
  }

  /** The fastest constants for the kernels of a program's step; what is in the cache and the activations is lost. */
  tune(program: Program, request: TuneRequest, depth: number): Promise<TuningEntry[]> {
    const prepare = (tokens: number) => this.setTokens(differentTokens(tokens), depth);
    return this.#programs.tune(program as GpuProgram, request, prepare);
  }

  useTuning(tuning: Tuning): Promise<void> {
    return this.#programs.useTuning(tuning);
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

  ahead(sampler: Sampler): AheadLimits {
    return (sampler as GpuSamplerMemory).chain ? chainAhead : this.#ahead;
  }

  run(program: Program, tokens: number, steps = 1): void | Promise<void> {
    this.#health.check();
    const { sampler, resident } = program as GpuProgram;
    if (sampler?.chain) {
      for (let i = 0; i < steps; i++) this.#drawn.add(sampler, this.#chain.run(program as GpuProgram, sampler, tokens));
      return;
    }
    const layers = tokens === 1 ? resident : null;
    const { program: launched } = layers ?? { program: program as GpuProgram };
    const isLong = tokens > 1;
    const encoder = isLong ? launched.begin(this.#device, tokens) : this.#device.createCommandEncoder();
    const submitted: (() => void)[] = [];
    for (let i = 0; i < steps; i++) {
      if (!isLong) launched.encode(encoder, tokens);
      if (sampler) submitted.push(this.#drawn.expect(encoder, sampler, layers));
    }
    this.#device.queue.submit([encoder.finish()]);
    for (const isSubmitted of submitted) isSubmitted();
    if (sampler) return;
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
      if (error instanceof StepsLost) this.resident.gaveUp();
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
      prepare: () => this.setTokens(differentTokens(tokens), depth),
    });
  }

  destroy(): void {
    if (!this.#health.giveUp()) return;
    this.#buffers.destroyAll();
    this.#device.destroy();
  }

  get #paddedTokens(): number {
    return Math.ceil(this.maxTokens / rowPadding) * rowPadding;
  }

  async #readBuffer(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.#health.check();
    const readback = new Readback(this.#buffers, bytes);
    const encoder = this.#device.createCommandEncoder();
    const result = readback.copy(encoder, buffer);
    this.#device.queue.submit([encoder.finish()]);
    try {
      return await this.#health.guard(result());
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
}

/** Each its own, so that tokens of a mixture choose experts of their own; ids beyond a vocabulary count as its last (embed.wgsl). */
const differentTokens = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);
