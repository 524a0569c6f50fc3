// The back end on a WebGPU device: its parts put together (weights, activations, cache, programs, steps), and results read back. Knows
// no model and no kernel; what an operation launches stands in ops/ and decode/.
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
import { memoryBytes, type KvType, type MemoryBytes } from '../format/memoryNeeds.ts';
import type { BackendInfo, TokenExperts, TokenInfo } from '../protocol.ts';
import type { TuningEntry } from '../tuner/table.ts';
import type { TuneRequest } from '../tuner/tune.ts';
import { untuned, type Tuning } from '../tuner/tuning.ts';
import { Activations } from './activations.ts';
import { Arrangement } from './arrangement.ts';
import { Buffers } from './buffers.ts';
import { decodesFused } from './decode/decodeOps.ts';
import type { OpenDevice } from './device.ts';
import { DeviceHealth } from './deviceHealth.ts';
import type { OpsHost } from './gpuOps.ts';
import { createKvLayers, createRopeTable } from './kvCache.ts';
import { decodeExperts } from './ops/recordExperts.ts';
import { Pipelines } from './pipelines.ts';
import { profile, type ProfileRow } from './profiler.ts';
import type { GpuProgram } from './program.ts';
import { Programs } from './programs.ts';
import { readOnce } from './readback.ts';
import { ResidentLayers } from './resident/residentLayers.ts';
import type { Grid } from './resident/shape.ts';
import { RouterWords } from './routerWords.ts';
import { createGpuSampler, type GpuSampler } from './sampler.ts';
import { Steps } from './steps.ts';
import type { GpuTensor, OpContext } from './types.ts';
import { WeightReads } from './weightReads.ts';
import { Weights } from './weights.ts';

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

type UsedDevice = Omit<OpenDevice, 'adapter'>;

/** Rows of a grid's second dimension, tokens · experts used, must stay below WebGPU's 65,535. */
const longestStep = 4096;

export class GpuBackend implements Backend {
  readonly info: BackendInfo;
  readonly maxTokens: number;
  readonly lost: Promise<Error>;
  readonly resident: ResidentLayers;
  readonly #device: GPUDevice;
  readonly #health: DeviceHealth;
  readonly #kv: KvType;
  readonly #buffers: Buffers;
  readonly #arrangement: Arrangement;
  readonly #weights: Weights;
  readonly #reads = new WeightReads();
  readonly #activations: Activations;
  readonly #routerWords: RouterWords;
  readonly #steps: Steps;
  readonly #ops: OpsHost;
  readonly #programs: Programs;
  readonly #grid: Grid | null;

  private constructor({ device, name, features }: UsedDevice, options: GpuBackendOptions) {
    const activations = features.integerDot ? options.activations : 'float';
    this.#kv = options.kv ?? 'f32';
    this.info = { kind: 'webgpu', name, software: features.software, activations, kv: this.#kv };
    const maxTokens = Math.min(options.maxTokens, longestStep);
    this.maxTokens = maxTokens;
    this.#device = device;
    const health = (this.#health = new DeviceHealth(device));
    this.lost = health.lost;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const bindingLimit = options.bindingLimit ?? Math.min(maxStorageBufferBindingSize, maxBufferSize);
    const buffers = (this.#buffers = new Buffers(device));
    const arrangement = (this.#arrangement = new Arrangement(buffers, bindingLimit));
    const pipelines = new Pipelines(device);
    const placing = options.placing ?? (features.software ? 'cpu' : 'kernels');
    this.#weights = new Weights({ device, buffers, pipelines, arrangement, reads: this.#reads, bindingLimit, placing });
    this.#activations = new Activations(buffers, maxTokens);
    this.#routerWords = new RouterWords(device, buffers);
    this.#steps = new Steps({ device, buffers, health, maxTokens }, options.ahead);
    const context: OpContext = {
      device,
      features,
      maxTokens,
      step: this.#steps.state,
      createBuffer: (label, bytes, usage) => buffers.create(label, bytes, usage === undefined ? {} : { usage }),
    };
    this.#ops = {
      context,
      activations,
      quantizedRows: (tensor, form, tokens) => this.#activations.quantizedRows(tensor, form, tokens),
      routerLogits: (experts) => this.#activations.routerLogits(experts),
      routerWords: (experts) => this.#routerWords.of(experts),
    };
    const check = () => health.check();
    this.#programs = new Programs({ ops: this.#ops, buffers, pipelines, check }, options.tuning ?? untuned);
    this.#grid = options.resident ?? null;
    this.resident = new ResidentLayers({
      device,
      buffers,
      programs: this.#programs,
      info: this.info,
      configureSampler: (sampler, settings) => this.#steps.configureSampler(sampler, settings),
      setTokens: (tokens, position) => this.#steps.setTokens(tokens, position),
      health,
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

  /** `destroy` was called while the device was still there: it is not lost any more. */
  get isDestroyed(): boolean {
    return this.#health.isGivenUp;
  }

  /** Whether steps can run: not lost, not destroyed, and the device has reported no error, which every step would come back with. */
  get isSound(): boolean {
    return this.#health.isSound;
  }

  get memory(): MemoryBytes {
    return memoryBytes(this.#buffers.bytes);
  }

  createVector(label: string, values: Float32Array): Vector {
    return this.#weights.createVector(label, values);
  }

  arrange(layers: readonly (readonly (readonly MatrixSpec[])[])[]): void {
    if (decodesFused(this.#ops)) this.#arrangement.reserve(layers);
  }

  createMatrix(spec: MatrixSpec): MatrixWriter {
    return this.#weights.createMatrix(spec);
  }

  createTensor(label: string, width: number, extent?: 'tokens' | 'last', slots?: number): GpuTensor {
    return this.#activations.createTensor(label, width, extent, slots);
  }

  createRoute(expertsUsed: number, expertCount: number, layers = 1): Route {
    this.#reads.expertsUsed = expertsUsed;
    return this.#activations.createRoute(expertsUsed, expertCount, layers);
  }

  createKvLayers(count: number, kvHeadCount: number, headDim: number, contextLength: number): KvLayer[] {
    return createKvLayers(this.#arrangement, count, { kvHeadCount, headDim, contextLength, type: this.#kv });
  }

  createRopeTable(cos: Float32Array, sin: Float32Array, headDim: number): RopeTable {
    return createRopeTable(this.#buffers, this.#device.queue, cos, sin, headDim);
  }

  createSampler(vocabularySize: number, options?: SamplerOptions): Sampler {
    return createGpuSampler(this.#ops.context, vocabularySize, options);
  }

  async record(label: string, describe: (ops: Ops) => void): Promise<Program> {
    const program = await this.#programs.record(label, describe);
    if (this.#grid && program.sampler) await this.resident.use(program, this.#grid);
    return program;
  }

  /** The fastest constants for the kernels of a program's step; what is in the cache and the activations is lost. */
  async tune(program: Program, request: TuneRequest, depth: number): Promise<TuningEntry[]> {
    const prepare = (tokens: number) => this.setTokens(differentTokens(tokens), depth);
    try {
      return await this.#programs.tune(program as GpuProgram, request, prepare);
    } finally {
      this.#routerWords.empty();
    }
  }

  useTuning(tuning: Tuning): Promise<void> {
    return this.#programs.useTuning(tuning);
  }

  setTokens(tokens: ArrayLike<number>, position: number): void {
    this.#steps.setTokens(tokens, position);
  }

  ahead(sampler: Sampler): AheadLimits {
    return this.#steps.aheadOf(sampler as GpuSampler);
  }

  run(program: Program, tokens: number, steps = 1): void | Promise<void> {
    return this.#steps.run(program as GpuProgram, tokens, steps);
  }

  configureSampler(sampler: Sampler, settings: SamplerSettings): void {
    this.#steps.configureSampler(sampler as GpuSampler, settings);
  }

  async sampled(sampler: Sampler): Promise<TokenInfo> {
    try {
      return await this.#steps.next(sampler as GpuSampler);
    } catch (error) {
      if (error instanceof StepsLost) this.resident.gaveUp();
      throw error;
    }
  }

  async chosenExperts(sampler: Sampler): Promise<TokenExperts | null> {
    const { route } = sampler as GpuSampler;
    return route && decodeExperts(await this.#read(route.record, route.record.size), route);
  }

  async read(tensor: Tensor, rows: number): Promise<Float32Array> {
    const { buffer, width } = tensor as GpuTensor;
    return new Float32Array(await this.#read(buffer, rows * width * 4));
  }

  /** Times the launches of a program at a depth of the context; what is in the cache and the activations is lost. */
  async profile(program: Program, tokens: number, depth = 0): Promise<ProfileRow[]> {
    try {
      return await profile(this.#device, this.#buffers, (program as GpuProgram).recorded, {
        tokens,
        weightBytes: (dispatch) => this.#reads.readBy(dispatch, tokens),
        prepare: () => this.setTokens(differentTokens(tokens), depth),
      });
    } finally {
      this.#routerWords.empty();
    }
  }

  destroy(): void {
    if (!this.#health.giveUp()) return;
    this.#buffers.destroyAll();
    this.#device.destroy();
  }

  #read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.#health.check();
    return readOnce(this.#device, this.#buffers, { buffer, bytes }, this.#health.guard);
  }
}

/** Each its own, so that tokens of a mixture choose experts of their own; ids beyond a vocabulary count as its last (embed.wgsl). */
const differentTokens = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);
