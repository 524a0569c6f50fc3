// Where the time of a step goes: the dispatches of each pipeline back to back, many times over, all layers in turn so that
// weights come from memory as in a real step. Results are noise afterwards: the cache and the activations are overwritten.
import type { Buffers } from './buffers.ts';
import { encodeDispatches, runsFor, type Dispatch, type RecordedDispatch } from './dispatch.ts';
import { PassClock } from './passClock.ts';

export interface ProfileRow {
  kernel: string;
  /** What tells pipelines of one kernel apart: its variant's modules and its constants. */
  form: string;
  /** Launches in one step. */
  count: number;
  /** One launch, and all of them in a step. */
  microseconds: number;
  stepMicroseconds: number;
  /** Bytes of weights that a launch reads, on average; 0 for kernels that read none. */
  weightBytes: number;
}

export interface ProfileOptions {
  tokens: number;
  /** Bytes of weights that a dispatch reads in such a step. */
  weightBytes: (dispatch: Dispatch, tokens: number) => number;
  /** Called before each measurement: the dispatches move the step's position on. */
  prepare: () => void;
}

/** A measurement lasts at least this long, because browsers give time in steps of up to 0.1 ms. */
const leastMs = 10;
const mostRepeats = 256;
const measurements = 5;

export async function profile(
  device: GPUDevice,
  buffers: Buffers,
  recorded: readonly RecordedDispatch[],
  { tokens, weightBytes, prepare }: ProfileOptions,
): Promise<ProfileRow[]> {
  const byPipeline = Map.groupBy(
    recorded.filter(({ dispatch }) => runsFor(dispatch, tokens)),
    ({ pipeline }) => pipeline,
  );
  const clock = new PassClock(device, buffers);
  const rows: ProfileRow[] = [];
  try {
    for (const group of byPipeline.values()) {
      const milliseconds = (repeat: number) => {
        prepare();
        return clock.measure((pass) => {
          for (let i = 0; i < repeat; i++) encodeDispatches(pass, group, tokens);
        });
      };
      const repeat = Math.min(mostRepeats, Math.ceil(leastMs / Math.max(await milliseconds(1), 0.01)));
      let best = Infinity;
      for (let i = 0; i < measurements; i++) best = Math.min(best, await milliseconds(repeat));
      const { kernel, variant = {}, constants = {} } = group[0].dispatch;
      const microseconds = (best * 1000) / (repeat * group.length);
      const bytes = group.reduce((sum, { dispatch }) => sum + weightBytes(dispatch, tokens), 0);
      rows.push({
        kernel: kernel.name,
        form: [...Object.values(variant), ...Object.entries(constants).map(([name, value]) => `${name}=${value}`)].join(
          ' ',
        ),
        count: group.length,
        microseconds,
        stepMicroseconds: microseconds * group.length,
        weightBytes: bytes / group.length,
      });
    }
  } finally {
    clock.destroy();
  }
  return rows.sort((a, b) => b.stepMicroseconds - a.stepMicroseconds);
}
