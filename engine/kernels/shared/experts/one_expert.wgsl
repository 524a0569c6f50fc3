// In the place of choose_experts where a layer is dense: its matrices are the only expert's.
override USED: u32 = 1u;
fn choose_experts(lane: u32, lanes: u32) {}
fn chosen_id(k: u32) -> u32 { return 0u; }
fn expert_weight(k: u32) -> f32 { return 1.0; }
