// WGSL modules of layers that stay in one dispatch (resident_layers).
import residentAttention from './resident_attention.wgsl?raw';
import residentChoose from './resident_choose.wgsl?raw';
import residentExperts from './resident_experts.wgsl?raw';
import residentLanes32 from './resident_lanes_32.wgsl?raw';
import residentLanes4 from './resident_lanes_4.wgsl?raw';
import residentRouter from './resident_router.wgsl?raw';
import residentRows from './resident_rows.wgsl?raw';
import residentSplits from './resident_splits.wgsl?raw';
import residentWords from './resident_words.wgsl?raw';

export const resident: Readonly<Record<string, string>> = {
  resident_attention: residentAttention,
  resident_choose: residentChoose,
  resident_experts: residentExperts,
  resident_lanes_32: residentLanes32,
  resident_lanes_4: residentLanes4,
  resident_router: residentRouter,
  resident_rows: residentRows,
  resident_splits: residentSplits,
  resident_words: residentWords,
};
