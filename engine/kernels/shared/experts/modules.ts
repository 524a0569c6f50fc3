// WGSL modules of the router's logits, which expert a slot has, and the sum over a token’s.
import chooseExperts from './choose_experts.wgsl?raw';
import expertsSum from './experts_sum.wgsl?raw';
import logitsFloats from './logits_floats.wgsl?raw';
import logitsWords from './logits_words.wgsl?raw';
import oneExpert from './one_expert.wgsl?raw';
import routerWords from './router_words.wgsl?raw';
import slotsDense from './slots_dense.wgsl?raw';
import slotsGrouped from './slots_grouped.wgsl?raw';
import slotsRouted from './slots_routed.wgsl?raw';

export const experts: Readonly<Record<string, string>> = {
  choose_experts: chooseExperts,
  experts_sum: expertsSum,
  logits_floats: logitsFloats,
  logits_words: logitsWords,
  one_expert: oneExpert,
  router_words: routerWords,
  slots_dense: slotsDense,
  slots_grouped: slotsGrouped,
  slots_routed: slotsRouted,
};
