// Resident layers of a back end's step: put to the proof, used, left. Which of it, others decide (tuner/chooseResident.ts).
import type { Program, SamplerSettings } from '../../backend/backend.ts';
import { EngineError } from '../../errors.ts';
import { neutralSampling } from '../../generate/sampling.ts';
import type { BackendInfo, ResidentOff } from '../../protocol.ts';
import type { ResidentEntry, ResidentKey } from '../../tuner/table.ts';
import { stopped, unlessStopped } from '../../unlessStopped.ts';
import type { Buffers } from '../buffers.ts';
import type { DeviceHealth } from '../deviceHealth.ts';
import type { GpuProgram, ResidentStep } from '../program.ts';
import type { Programs } from '../programs.ts';
import type { GpuSampler } from '../sampler.ts';
import type { TriedGrid } from './grids.ts';
import { gaveUpEntry, proveResident } from './search.ts';
import type { Grid } from './shape.ts';
import type { TrialHost } from './trial.ts';

export interface ResidentHost {
  readonly device: GPUDevice;
  readonly buffers: Buffers;
  readonly programs: Programs;
  readonly info: BackendInfo;
  readonly configureSampler: (sampler: GpuSampler, settings: SamplerSettings) => void;
  readonly setTokens: (tokens: readonly number[], position: number) => void;
  readonly health: DeviceHealth;
}

export class ResidentLayers {
  readonly #host: ResidentHost;
  /** Passed its proof and waits to be used or left: another would keep a driver compiling for seconds once more. */
  #proven: { program: Program; step: ResidentStep } | null = null;
  /** More on why there are none, for benches. */
  detail: string | null = null;
  /** Told once when they gave up in use. */
  onGaveUp: (entry: ResidentEntry) => void = () => {};

  constructor(host: ResidentHost) {
    this.#host = host;
  }

  /** What is known of a step is found by it. @returns why it can't have resident layers */
  key(step: Program, grid: Grid): ResidentKey | string {
    return this.#host.programs.residentKey(step as GpuProgram, grid);
  }

  /** The step's layers are resident from now on, where they fit. */
  async use(step: Program, grid: Grid): Promise<void> {
    const { programs, info } = this.#host;
    const resident = this.#takeProven(step, grid) ?? (await programs.planResident(step as GpuProgram, grid));
    if (typeof resident === 'string') return this.leave('unfit', resident);
    programs.useResident(step as GpuProgram, resident);
    info.residentOff = null;
  }

  /** The same layers a phase a dispatch, recorded: for tests. */
  phasedOf(step: ResidentStep): Promise<GpuProgram> {
    return this.#host.programs.phasedOf(step);
  }

  /** Ordinary launches from now on. */
  leave(why: ResidentOff, detail: string | null = null): void {
    this.#dropProven();
    this.#host.programs.leaveResident();
    this.#host.info.residentOff = why;
    this.detail = detail;
  }

  /** A step gave up, or one after it: that kind is not tried again. */
  gaveUp(): void {
    const step = this.#host.programs.residentInUse;
    if (!step) return;
    this.leave('gaveUp');
    this.onGaveUp(gaveUpEntry(step));
  }

  /**
   * On this grid, or on the fastest where it is null; what is in the cache and the activations is lost.
   * @throws EngineError `aborted`, `device-lost`
   */
  async prove(step: Program, grid: TriedGrid | null, signal?: AbortSignal): Promise<ResidentEntry> {
    const { programs } = this.#host;
    const sampler = (step as GpuProgram).sampler;
    if (!sampler) throw new EngineError('internal', 'A program that draws nothing has no resident layers.');
    this.#dropProven();
    const { entry, proven } = await proveResident(programs, step as GpuProgram, grid, this.trialHost(sampler, signal));
    this.#proven = proven && { program: step, step: proven };
    return entry;
  }

  /** What was proven, where it is of this program on this grid. */
  #takeProven(program: Program, { workgroups, lanes }: Grid): ResidentStep | null {
    const found = this.#proven;
    if (found?.program !== program || found.step.grid.workgroups !== workgroups || found.step.grid.lanes !== lanes) {
      this.#dropProven();
      return null;
    }
    this.#proven = null;
    return found.step;
  }

  #dropProven(): void {
    if (this.#proven) this.#host.programs.dropResident(this.#proven.step);
    this.#proven = null;
  }

  /** What a trial of steps that draw with this sampler needs. */
  trialHost(sampler: GpuSampler, signal?: AbortSignal): TrialHost {
    const { device, buffers, health, configureSampler, setTokens } = this.#host;
    const settings = {
      sampling: neutralSampling,
      sampleableTokens: sampler.vocabularySize,
      prompt: [],
      alternatives: 0,
    };
    return {
      device,
      buffers,
      sampler,
      contextLength: sampler.contextLength,
      prepare(token, position, seed) {
        configureSampler(sampler, { ...settings, seed });
        setTokens([token], position);
      },
      guard: health.guard,
      check() {
        health.check();
        if (signal?.aborted) throw stopped();
      },
      unlessStopped: (work) => unlessStopped(work, signal),
    };
  }
}
