// WGSL modules of layers that stay in one dispatch (resident_layers).
import residentAttention from './resident_attention.wgsl?raw';
import residentChoose32 from './resident_choose_32.wgsl?raw';
import residentChoose4 from './resident_choose_4.wgsl?raw';
import residentExperts from './resident_experts.wgsl?raw';
import residentLanes32 from './resident_lanes_32.wgsl?raw';
import residentLanes4 from './resident_lanes_4.wgsl?raw';
import residentRows from './resident_rows.wgsl?raw';
import residentWords from './resident_words.wgsl?raw';

export const resident: Readonly<Record<string, string>> = {
  resident_attention: residentAttention,
  resident_choose_32: residentChoose32,
  resident_choose_4: residentChoose4,
  resident_experts: residentExperts,
  resident_lanes_32: residentLanes32,
  resident_lanes_4: residentLanes4,
  resident_rows: residentRows,
  resident_words: residentWords,
};
