// Which candidates the tuner believes: a made-up kernel in the place of the router's, whose constant LANES decides its results and how
// long it takes.
import { expect, test } from 'vitest';
import { Buffers } from '../../engine/gpu/buffers.ts';
import { encodeDispatches, recordDispatch, type Dispatch } from '../../engine/gpu/dispatch.ts';
import { PassClock } from '../../engine/gpu/passClock.ts';
import { Pipelines } from '../../engine/gpu/pipelines.ts';
import type { Kernel } from '../../engine/kernels/registry.ts';
import { tuneStep, type StepProgress } from '../../engine/tuner/tune.ts';
import { withDevice } from '../support/gpu.ts';

const experts = 64;
const usual = 128;

/** 1, 2, 3, … as long as `right`; 16 does not compile, the usual one takes long. */
const kernel = (right: string): Kernel => ({
  name: 'router_1token',
  bindings: { logits: 'write' },
  source: `
    @group(0) @binding(0) var<storage, read_write> logits: array<f32>;
    override LANES: u32;
    override EXPERTS: u32;
    override ROOM: u32 = select(1u, 0u, LANES == 16u);
    var<workgroup> words: array<f32, ROOM>;
    @compute @workgroup_size(64)
    fn main(@builtin(local_invocation_index) lane: u32) {
      var value = f32(lane + 1u);
      words[0] = 0.0;
      let rounds = select(1u, 200000u, LANES == ${usual}u);
      for (var i = 0u; i < rounds; i++) { value = value * 1.0001 + words[0]; }
      if (lane < EXPERTS) { logits[lane] = select(-1.0, f32(lane + 1u), ${right}) + select(0.0, value, value < 0.0); }
    }`,
});

async function tuned(device: GPUDevice, right: string, signal?: AbortSignal) {
  const buffers = new Buffers(device);
  // Room for many tokens, as tensors have; what the step does not write is noise.
  const logits = buffers.createFrom('logits', new Float32Array(experts * 8).fill(NaN));
  const dispatch: Dispatch = {
    kernel: kernel(right),
    constants: { EXPERTS: experts, LANES: usual },
    buffers: { logits },
    workgroups: () => [1],
    tokens: { from: 1, to: 1 },
  };
  const pipelines = new Pipelines(device);
  const recorded = [await recordDispatch(device, pipelines, dispatch)];
  const program = {
    described: [dispatch],
    encode(encoder: GPUCommandEncoder, tokens: number) {
      const pass = encoder.beginComputePass();
      encodeDispatches(pass, recorded, tokens);
      pass.end();
    },
  };
  const clock = new PassClock(device, buffers);
  const progress: StepProgress[] = [];
  const host = { device, pipelines, clock, maxTokens: 8, prepare: () => {} };
  const request = {
    tokens: 1,
    isWanted: () => true,
    onProgress: (step: StepProgress) => void progress.push(step),
    signal,
  };
  try {
    return { entries: await tuneStep(program, host, request), progress };
  } finally {
    clock.destroy();
  }
}

test(
  'one that is wrong or does not compile is left out, however fast it is',
  withDevice(async (device) => {
    const { entries, progress } = await tuned(device, `LANES == ${usual}u || LANES == 256u || LANES == 16u`);
    expect(entries).toHaveLength(1);
    expect([{ LANES: usual }, { LANES: 256 }]).toContainEqual(entries[0].choice);
    const steps = progress.map(({ tokens, done, total, entry }) => ({ tokens, done, total, entry }));
    expect(steps).toEqual([
      { tokens: 1, done: 0, total: 1, entry: null },
      { tokens: 1, done: 1, total: 1, entry: entries[0] },
    ]);
  }),
);

test(
  'the usual constants stay where all others are wrong',
  withDevice(async (device) => {
    const { entries } = await tuned(device, `LANES == ${usual}u`);
    expect(entries.map(({ choice }) => choice)).toEqual([{ LANES: usual }]);
    expect(entries[0].microseconds).toBe(entries[0].usualMicroseconds);
  }),
);

test(
  'it is stopped between two candidates',
  withDevice(async (device) => {
    const stopped = AbortSignal.abort();
    await expect(tuned(device, 'true', stopped)).rejects.toMatchObject({ code: 'aborted' });
  }),
);
