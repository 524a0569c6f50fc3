// Where the time of a step goes: the dispatches of each pipeline back to back, many times over, all layers in turn so that
// weights come from memory as in a real step. Results are noise afterwards: the cache and the activations are overwritten.
import { encodeDispatches, runsFor, type RecordedDispatch } from './dispatch.ts';

export interface ProfileRow {
  kernel: string;
  /** What tells pipelines of one kernel apart: its variant's modules and its constants. */
  form: string;
  /** Launches in one step. */
  count: number;
  /** One launch, and all of them in a step. */
  microseconds: number;
  stepMicroseconds: number;
}

/** @param repeat steps' worth of launches in one measurement; the best of five counts */
export async function profile(
  device: GPUDevice,
  recorded: readonly RecordedDispatch[],
  tokens: number,
  repeat = 8,
): Promise<ProfileRow[]> {
  const byPipeline = Map.groupBy(
    recorded.filter(({ dispatch }) => runsFor(dispatch, tokens)),
    ({ pipeline }) => pipeline,
  );
  const rows: ProfileRow[] = [];
  for (const group of byPipeline.values()) {
    let best = Infinity;
    for (let run = 0; run < 5; run++) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let i = 0; i < repeat; i++) encodeDispatches(pass, group, tokens);
      pass.end();
      const commands = encoder.finish();
      await device.queue.onSubmittedWorkDone();
      const started = performance.now();
      device.queue.submit([commands]);
      await device.queue.onSubmittedWorkDone();
      best = Math.min(best, performance.now() - started);
    }
    const { kernel, variant = {}, constants = {} } = group[0].dispatch;
    const microseconds = (best * 1000) / (repeat * group.length);
    rows.push({
      kernel: kernel.name,
      form: [...Object.values(variant), ...Object.entries(constants).map(([name, value]) => `${name}=${value}`)].join(
        ' ',
      ),
      count: group.length,
      microseconds,
      stepMicroseconds: microseconds * group.length,
    });
  }
  return rows.sort((a, b) => b.stepMicroseconds - a.stepMicroseconds);
}
