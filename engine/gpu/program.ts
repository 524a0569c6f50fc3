// A recorded program: pipelines and bind groups made once, encoded anew at every run.
import type { Program } from '../backend/backend.ts';
import { encodeDispatches, recordDispatch, runsFor, type Dispatch, type RecordedDispatch } from './dispatch.ts';
import type { Pipelines } from './pipelines.ts';
import type { Grid } from './resident/shape.ts';
import type { GpuSampler } from './sampler.ts';
import type { ResidentKey } from '../tuner/table.ts';
import { tuneDispatches, type ApplyOptions } from '../tuner/apply.ts';

/** A decode step whose layers are resident (gpu/resident). */
export interface ResidentStep {
  readonly key: ResidentKey;
  readonly grid: Grid;
  /** Still to be recorded, like what `phased` gives: a dispatch for each phase of each layer. */
  readonly program: GpuProgram;
  readonly phased: () => GpuProgram;
  /** Its first word is not 0 once a dispatch has given up. */
  readonly exchange: GPUBuffer;
  /** Its own, for whoever does not go on with it. */
  readonly buffers: readonly GPUBuffer[];
}

/** A launch takes the CPU as long as the device (engine/LOG.md): some are encoded while those before run. */
const launchesAtOnce = 64;

export class GpuProgram implements Program {
  readonly label: string;
  /** The sampler that the program draws with, if it does. */
  readonly sampler: GpuSampler | null;
  /** As described, without tuning. */
  readonly described: readonly Dispatch[];
  /** What runs in its place for a step of one token, while there is such a thing. */
  resident: ResidentStep | null = null;
  #recorded: readonly RecordedDispatch[] = [];

  constructor(label: string, sampler: GpuSampler | null, described: readonly Dispatch[]) {
    this.label = label;
    this.sampler = sampler;
    this.described = described;
  }

  /** Compiles and binds; must be done before it runs, and may be done again with other tuning. */
  async record(device: GPUDevice, pipelines: Pipelines, tuning: ApplyOptions): Promise<void> {
    const dispatches = tuneDispatches(this.described, tuning);
    this.#recorded = await Promise.all(dispatches.map((dispatch) => recordDispatch(device, pipelines, dispatch)));
  }

  get dispatches(): number {
    if (this.resident) return this.resident.program.dispatches;
    return this.#recorded.filter(({ dispatch }) => runsFor(dispatch, 1)).length;
  }

  get recorded(): readonly RecordedDispatch[] {
    return this.#recorded;
  }

  encode(encoder: GPUCommandEncoder, tokens: number, launches = this.#recorded): void {
    const pass = encoder.beginComputePass({ label: this.label });
    encodeDispatches(pass, launches, tokens);
    pass.end();
  }

  /** Encodes a step and submits all of it but its end, so that the device begins while the rest is encoded. */
  begin(device: GPUDevice, tokens: number): GPUCommandEncoder {
    const launches = this.#recorded.filter(({ dispatch }) => runsFor(dispatch, tokens));
    for (let from = 0; ; from += launchesAtOnce) {
      const encoder = device.createCommandEncoder({ label: this.label });
      this.encode(encoder, tokens, launches.slice(from, from + launchesAtOnce));
      if (from + launchesAtOnce >= launches.length) return encoder;
      device.queue.submit([encoder.finish()]);
    }
  }
}
