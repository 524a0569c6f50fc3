// Dispatches of the sampler: a scan and a finish always, the rest only when the answer's settings want them; none where the
// CPU draws (sampler.ts). One recorded program serves all settings.
import {
  sampleAlternatives,
  sampleFinish,
  sampleRace,
  sampleRepeats,
  sampleScan,
  sampleSelect,
  type Kernel,
} from '../../kernels/registry.ts';
import { truncates } from '../../generate/sampling.ts';
import type { Dispatch } from '../dispatch.ts';
import { mostAlternatives, selectPasses, type GpuSamplerMemory } from '../sampler.ts';
import type { GpuTensor, OpContext } from '../types.ts';

/** Draws the next token from logits (extent `last`), leaves its record in sampler.result and moves the step on. */
export function sample(context: OpContext, logits: GpuTensor, sampler: GpuSamplerMemory): Dispatch[] {
  const buffers: Dispatch['buffers'] = {
    logits: logits.buffer,
    counts: sampler.counts,
    adjustments: sampler.adjustments,
    table: sampler.table,
    breakers: sampler.breakers,
    state: sampler.state,
    summaries: sampler.summaries,
    selection: sampler.selection,
    best: sampler.best,
    parameters: sampler.parameters,
    step: context.step,
    result: sampler.result,
  };
  const constants = { CHUNK: sampler.chunkTokens, LANES: sampler.lanes };
  const overChunks = (kernel: Kernel, more: Partial<Dispatch> = {}): Dispatch => ({
    kernel,
    constants,
    buffers,
    workgroups: () => [sampler.chunks],
    ...more,
  });
  const random = () => sampler.settings.sampling.mode === 'random';
  const wanted = [
    () => random() && sampler.settings.sampling.topK > 0,
    () => random() && sampler.settings.sampling.topP < 1,
  ];
  sampler.logits = logits.buffer;
  const dispatches: Dispatch[] = [
    {
      kernel: sampleRepeats,
      constants: { LANES: context.features.software ? 16 : 256 },
      buffers,
      workgroups: () => [1],
      enabled: () => sampler.settings.looksBack,
    },
    overChunks(sampleScan),
    ...sampler.passes.map((pass, index) =>
      overChunks(sampleSelect, {
        buffers: { ...buffers, pass },
        enabled: wanted[Math.floor(index / selectPasses)],
      }),
    ),
    overChunks(sampleRace, { enabled: () => truncates(sampler.settings.sampling) }),
    overChunks(sampleAlternatives, {
      constants: { ...constants, MOST: mostAlternatives },
      enabled: () => sampler.settings.alternatives > 0,
    }),
    {
      kernel: sampleFinish,
      constants: { LANES: sampler.lanes, MOST: mostAlternatives },
      buffers,
      workgroups: () => [1],
    },
  ];
  return dispatches.map((dispatch) => ({
    ...dispatch,
    enabled: () => !sampler.chain && (dispatch.enabled?.() ?? true),
  }));
}
