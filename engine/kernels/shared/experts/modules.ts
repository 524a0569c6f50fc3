// WGSL modules of which expert a slot has, and the sum over a token’s.
import chooseExperts from './choose_experts.wgsl?raw';
import expertsSum from './experts_sum.wgsl?raw';
import oneExpert from './one_expert.wgsl?raw';
import slotsDense from './slots_dense.wgsl?raw';
import slotsGrouped from './slots_grouped.wgsl?raw';
import slotsRouted from './slots_routed.wgsl?raw';

export const experts: Readonly<Record<string, string>> = {
  choose_experts: chooseExperts,
  experts_sum: expertsSum,
  one_expert: oneExpert,
  slots_dense: slotsDense,
  slots_grouped: slotsGrouped,
  slots_routed: slotsRouted,
};
