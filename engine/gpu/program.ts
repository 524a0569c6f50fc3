// A recorded program: pipelines and bind groups made once, encoded anew at every run in one compute pass and one submit.
import type { Program } from '../backend/backend.ts';
import { encodeDispatches, recordDispatch, runsFor, type Dispatch, type RecordedDispatch } from './dispatch.ts';
import type { Pipelines } from './pipelines.ts';
import type { GpuSamplerMemory } from './sampler.ts';

export class GpuProgram implements Program {
  readonly label: string;
  /** The sampler that the program draws with, if it does. */
  readonly sampler: GpuSamplerMemory | null;
  readonly #recorded: readonly RecordedDispatch[];

  private constructor(label: string, sampler: GpuSamplerMemory | null, recorded: readonly RecordedDispatch[]) {
    this.label = label;
    this.sampler = sampler;
    this.#recorded = recorded;
  }

  static async record(
    device: GPUDevice,
    pipelines: Pipelines,
    label: string,
    dispatches: readonly Dispatch[],
    sampler: GpuSamplerMemory | null,
  ): Promise<GpuProgram> {
    const recorded = await Promise.all(dispatches.map((dispatch) => recordDispatch(device, pipelines, dispatch)));
    return new GpuProgram(label, sampler, recorded);
  }

  get dispatches(): number {
    return this.#recorded.filter(({ dispatch }) => runsFor(dispatch, 1)).length;
  }

  get recorded(): readonly RecordedDispatch[] {
    return this.#recorded;
  }

  encode(encoder: GPUCommandEncoder, tokens: number): void {
    const pass = encoder.beginComputePass({ label: this.label });
    encodeDispatches(pass, this.#recorded, tokens);
    pass.end();
  }
}
