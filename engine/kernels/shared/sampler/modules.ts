// WGSL modules of drawing a token.
import raceRandom from './race_random.wgsl?raw';
import samplerBins from './sampler_bins.wgsl?raw';
import samplerNear from './sampler_near.wgsl?raw';
import samplerScore from './sampler_score.wgsl?raw';
import samplerSelection from './sampler_selection.wgsl?raw';
import samplerSummary from './sampler_summary.wgsl?raw';
import samplerToken from './sampler_token.wgsl?raw';

export const sampler: Readonly<Record<string, string>> = {
  race_random: raceRandom,
  sampler_bins: samplerBins,
  sampler_near: samplerNear,
  sampler_score: samplerScore,
  sampler_selection: samplerSelection,
  sampler_summary: samplerSummary,
  sampler_token: samplerToken,
};
