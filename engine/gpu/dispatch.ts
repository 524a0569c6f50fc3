// A kernel launch as data: what ops/ return, what a program records once (pipeline, bind group) and encodes at every run.
import type { Kernel } from '../kernels/registry.ts';
import { maxWorkgroups } from './constants.ts';
import { Pipelines } from './pipelines.ts';
import type { Variant } from './preprocess.ts';
import type { BufferRange } from './types.ts';

export type Workgroups = readonly [x: number, y?: number, z?: number];

export interface Dispatch {
  readonly kernel: Kernel;
  /** Modules for the kernel's slots (preprocess.ts). */
  readonly variant?: Variant;
  /** Overrides by name. */
  readonly constants?: Readonly<Record<string, number>>;
  /** One for each binding of the kernel. */
  readonly buffers: Readonly<Record<string, GPUBuffer | Partial<BufferRange>>>;
  /** Grid for a step of `tokens` tokens; each dimension ≤ 65,535. */
  workgroups(tokens: number): Workgroups;
  /** Only in steps of so many tokens (both ends included); left out: in every step. */
  readonly tokens?: { readonly from: number; readonly to: number };
  /** Asked at every run: false leaves the dispatch out (what the sampling of this answer does not need). */
  readonly enabled?: () => boolean;
}

export interface RecordedDispatch {
  readonly dispatch: Dispatch;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
}

/** A count of workgroups as [x, 1, z]: a kernel finds its index as workgroup_id.x + workgroup_id.z · num_workgroups.x. */
export function foldWorkgroups(count: number): [number, number, number] {
  if (count <= maxWorkgroups) return [count, 1, 1];
  const layers = Math.ceil(count / maxWorkgroups);
  return [Math.ceil(count / layers), 1, layers];
}

/** Compiles the pipeline (or finds it) and binds the buffers. */
export async function recordDispatch(
  device: GPUDevice,
  pipelines: Pipelines,
  dispatch: Dispatch,
): Promise<RecordedDispatch> {
  const { kernel, buffers } = dispatch;
  const { pipeline, layout } = await pipelines.get(kernel, dispatch.constants ?? {}, dispatch.variant);
  const entries = Object.keys(kernel.bindings).map((name, binding) => {
    const bound = buffers[name];
    if (bound === undefined) throw new Error(`Kernel ${kernel.name} has no buffer for ${name}`);
    return { binding, resource: 'buffer' in bound ? (bound as GPUBufferBinding) : { buffer: bound as GPUBuffer } };
  });
  return { dispatch, pipeline, bindGroup: device.createBindGroup({ label: kernel.name, layout, entries }) };
}

/** True when a step of `tokens` tokens launches the dispatch. */
export function runsFor({ tokens: range, enabled }: Dispatch, tokens: number): boolean {
  if (enabled && !enabled()) return false;
  return !range || (tokens >= range.from && tokens <= range.to);
}

/** The dispatch without steps of one token; null where it has no others. */
export function forSeveralTokens(dispatch: Dispatch): Dispatch | null {
  const { from, to } = dispatch.tokens ?? { from: 1, to: Infinity };
  return to < 2 ? null : { ...dispatch, tokens: { from: Math.max(from, 2), to } };
}

export function encodeDispatches(
  pass: GPUComputePassEncoder,
  recorded: readonly RecordedDispatch[],
  tokens: number,
): void {
  let current: GPUComputePipeline | undefined;
  for (const { dispatch, pipeline, bindGroup } of recorded) {
    if (!runsFor(dispatch, tokens)) continue;
    if (pipeline !== current) pass.setPipeline((current = pipeline));
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...dispatch.workgroups(tokens));
  }
}

/** Records, encodes and submits once: for parity tests and the tuner. Resolves when the work is queued. */
export async function runDispatches(
  device: GPUDevice,
  dispatches: readonly Dispatch[],
  tokens: number,
  pipelines = new Pipelines(device),
): Promise<void> {
  const recorded: RecordedDispatch[] = [];
  for (const dispatch of dispatches) {
    if (runsFor(dispatch, tokens)) recorded.push(await recordDispatch(device, pipelines, dispatch));
  }
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  encodeDispatches(pass, recorded, tokens);
  pass.end();
  device.queue.submit([encoder.finish()]);
}
