// Dispatches of the sampler: a scan and a finish, and before them one that looks back at the last tokens where an answer's
// settings want that; none where the CPU draws (sampler.ts). One recorded program serves all settings.
import { sampleFinish, sampleRepeats, sampleScan } from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import type { GpuSampler } from '../sampler.ts';
import type { GpuTensor, OpContext } from '../types.ts';

/** Draws the next token from logits (extent `last`), leaves its record in sampler.result and moves the step on. */
export function sample(context: OpContext, logits: GpuTensor, sampler: GpuSampler): Dispatch[] {
  const buffers: Dispatch['buffers'] = {
    logits: logits.buffer,
    counts: sampler.counts,
    adjustments: sampler.adjustments,
    table: sampler.table,
    breakers: sampler.breakers,
    state: sampler.state,
    chunks: sampler.chunks,
    candidates: sampler.candidates,
    parameters: sampler.parameters,
    step: context.step,
    result: sampler.result,
  };
  const { chunkTokens, chunkCount, lanes, chunkRoom, nearRoom } = sampler.shape;
  sampler.logits = logits.buffer;
  return [
    {
      kernel: sampleRepeats,
      constants: { LANES: lanes },
      buffers,
      workgroups: () => [1],
      enabled: () => !sampler.chain && sampler.settings.looksBack,
    },
    {
      kernel: sampleScan,
      constants: { LANES: lanes, CHUNK: chunkTokens, ROOM: chunkRoom },
      buffers,
      workgroups: () => [chunkCount],
      enabled: () => !sampler.chain,
    },
    {
      kernel: sampleFinish,
      constants: { LANES: lanes, NEAR: nearRoom },
      buffers,
      workgroups: () => [1],
      enabled: () => !sampler.chain,
    },
  ];
}
