// Logits for choose_experts as router_1token leaves them.
//   in  router_logits  [EXPERTS] f32, as bits
fn logit_bits(expert: u32) -> u32 { return router_logits[expert]; }
fn logit_scale() -> f32 { return 1.0; }
fn is_unrankable(lane: u32, lanes: u32) -> bool { return false; }
