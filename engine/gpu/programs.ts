// The programs of a back end: described once, recorded with what tuning knows, and again when that changes. A step that draws may
// have its layers resident (resident/) in the place of ordinary launches.
import type { Ops } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import type { ResidentKey, TuningEntry } from '../tuner/table.ts';
import { tuneStep, type TuneRequest } from '../tuner/tune.ts';
import type { Tuning } from '../tuner/tuning.ts';
import type { Buffers } from './buffers.ts';
import { DecodeOps, decodesFused } from './decode/decodeOps.ts';
import { forSeveralTokens } from './dispatch.ts';
import { GpuOps, type OpsHost } from './gpuOps.ts';
import { PassClock } from './passClock.ts';
import type { Pipelines } from './pipelines.ts';
import { GpuProgram, type ResidentStep } from './program.ts';
import { residentKey, residentStep } from './resident/residentStep.ts';
import type { Grid } from './resident/shape.ts';

export interface ProgramsHost {
  readonly ops: OpsHost;
  readonly buffers: Buffers;
  readonly pipelines: Pipelines;
  /** @throws what the device has reported */
  check(): void;
}

export class Programs {
  readonly #host: ProgramsHost;
  readonly #programs: GpuProgram[] = [];
  #tuning: Tuning;
  /** How a program that draws was described. */
  readonly #described = new Map<GpuProgram, (ops: Ops) => void>();

  constructor(host: ProgramsHost, tuning: Tuning) {
    this.#host = host;
    this.#tuning = tuning;
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
    if (ops.sampler) this.#described.set(program, describe);
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

  /** What is known of the program's layers as resident ones is found by it; or why they can't be. */
  residentKey(program: GpuProgram, grid: Grid): ResidentKey | string {
    const describe = this.#described.get(program);
    return describe ? residentKey(this.#host.ops, describe, grid) : 'a program that draws nothing';
  }

  /** The program's layers resident on a grid, recorded but not in use; or why they can't be. @throws EngineError `out-of-memory` */
  async planResident(program: GpuProgram, grid: Grid): Promise<ResidentStep | string> {
    const { ops, buffers } = this.#host;
    const describe = this.#described.get(program);
    if (!describe || !program.sampler) return 'a program that draws nothing';
    const step = residentStep(ops, describe, program.sampler, grid);
    if (typeof step === 'string') return step;
    try {
      await buffers.settle();
      await this.#compile(step.program);
      return step;
    } catch (error) {
      this.dropResident(step);
      throw error;
    }
  }

  /** The same layers a phase a dispatch, recorded: for proofs and tests. */
  async phasedOf(step: ResidentStep): Promise<GpuProgram> {
    const phased = step.phased();
    await this.#compile(phased);
    return phased;
  }

  /** Steps of one token run so from now on. */
  useResident(program: GpuProgram, step: ResidentStep): void {
    this.#programs.push(step.program);
    program.resident = step;
  }

  get residentInUse(): ResidentStep | null {
    return this.#programs.find(({ resident }) => resident)?.resident ?? null;
  }

  leaveResident(): void {
    for (const program of this.#programs) program.resident = null;
  }

  /** Frees what a step holds that is not used. */
  dropResident({ buffers }: ResidentStep): void {
    for (const buffer of buffers) this.#host.buffers.destroy(buffer);
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
