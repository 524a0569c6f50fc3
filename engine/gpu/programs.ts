// The programs of a back end: described once, recorded with what tuning knows, and again when that changes. A step that draws may
// have its layers resident (resident/) in the place of ordinary launches.
import type { Ops } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import type { TuningEntry } from '../tuner/table.ts';
import { tuneStep, type TuneRequest } from '../tuner/tune.ts';
import type { Tuning } from '../tuner/tuning.ts';
import type { Buffers } from './buffers.ts';
import { DecodeOps, decodesFused } from './decode/decodeOps.ts';
import { forSeveralTokens } from './dispatch.ts';
import { GpuOps, type OpsHost } from './gpuOps.ts';
import { PassClock } from './passClock.ts';
import type { Pipelines } from './pipelines.ts';
import { GpuProgram, type ResidentStep } from './program.ts';
import { residentStep } from './resident/residentStep.ts';
import type { Grid } from './resident/shape.ts';
import type { GpuSamplerMemory } from './sampler.ts';

export interface ProgramsHost {
  readonly ops: OpsHost;
  readonly buffers: Buffers;
  readonly pipelines: Pipelines;
  /** @throws what the device has reported */
  check(): void;
}

export class Programs {
  readonly #host: ProgramsHost;
  readonly #grid: Grid | null;
  readonly #programs: GpuProgram[] = [];
  #tuning: Tuning;
  /** Why no layers are resident; null where they are. */
  residentOff: string | null = null;

  constructor(host: ProgramsHost, tuning: Tuning, grid: Grid | null) {
    this.#host = host;
    this.#tuning = tuning;
    this.#grid = grid;
  }

  async record(label: string, describe: (ops: Ops) => void): Promise<GpuProgram> {
    const { ops: host, buffers } = this.#host;
    const ops = new GpuOps(host);
    describe(ops);
    let { dispatches } = ops;
    if (decodesFused(host)) {
      const single = new DecodeOps(host);
      describe(single);
      dispatches = [...single.dispatches, ...dispatches.map(forSeveralTokens).filter((dispatch) => dispatch !== null)];
    }
    await buffers.settle();
    const program = await this.#add(new GpuProgram(label, ops.sampler, dispatches));
    if (ops.sampler) program.resident = await this.#residentStep(describe, ops.sampler);
    return program;
  }

  /** The fastest constants for the kernels of a program's step. `prepare` makes a step of so many tokens the next one. */
  async tune(program: GpuProgram, request: TuneRequest, prepare: (tokens: number) => void): Promise<TuningEntry[]> {
    const { ops, buffers, pipelines } = this.#host;
    const { device, maxTokens } = ops.context;
    const clock = new PassClock(device, buffers);
    try {
      return await tuneStep(program, { device, pipelines, clock, maxTokens, prepare }, request);
    } finally {
      clock.destroy();
    }
  }

  /** Records all programs again. */
  async useTuning(tuning: Tuning): Promise<void> {
    this.#tuning = tuning;
    for (const program of this.#programs) await this.#compile(program);
  }

  /** What gave up once is not tried again. */
  leaveResident(): void {
    this.residentOff = 'they gave up';
    for (const program of this.#programs) program.resident = null;
  }

  async #residentStep(describe: (ops: Ops) => void, sampler: GpuSamplerMemory): Promise<ResidentStep | null> {
    const { ops } = this.#host;
    if (!this.#grid || !decodesFused(ops)) return null;
    const step = residentStep(ops, describe, sampler, this.#grid);
    if (typeof step === 'string') {
      this.residentOff = step;
      return null;
    }
    for (const program of [step.program, step.phased]) await this.#add(program);
    return step;
  }

  async #add(program: GpuProgram): Promise<GpuProgram> {
    await this.#compile(program);
    this.#programs.push(program);
    return program;
  }

  async #compile(program: GpuProgram): Promise<void> {
    const { ops, pipelines } = this.#host;
    const { device, maxTokens } = ops.context;
    try {
      await program.record(device, pipelines, { tuning: this.#tuning, limits: device.limits, maxTokens });
    } catch (error) {
      this.#host.check();
      throw new EngineError('internal', 'The GPU driver could not compile a kernel.', String(error));
    }
  }
}
