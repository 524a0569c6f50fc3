// The choice of experts in the resident layers, by every workgroup for itself: each expert's rank among all, four lanes an expert. As
// choose_experts.wgsl: the best by router logit, lower id on ties. Where the hidden state is not finite all weigh the same, but they need
// not be the first ones: only the shares of the columns that are no numbers are the lowest then.
const EXPERT_FOURS = (EXPERTS + 3u) / 4u;
var<workgroup> expert_keys: array<vec4u, EXPERT_FOURS>;
var<workgroup> chosen_ids: array<u32, USED>;
var<workgroup> chosen_logits: array<f32, USED>;
var<workgroup> chosen_weights: array<f32, USED>;

fn slot_id(slot: u32) -> u32 { return chosen_ids[slot]; }
fn slot_share(slot: u32) -> f32 { return chosen_weights[slot]; }

// Keys order as their logits do; 0 is below them all.
fn key_of(logit: f32) -> u32 {
  let bits = bitcast<u32>(logit);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}
fn logit_of(key: u32) -> f32 { return bitcast<f32>(select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u)); }

// Known after the next barrier: every expert's key.
fn take_logits(layer: u32, lane: u32) {
  for (var first = 0u; first < EXPERT_FOURS * 4u; first += LANES) {
    let expert = first + lane;
    var key = 0u;
    if (expert < EXPERTS) { key = key_of(take_logit(layer, expert)); }
    let keys = vec4u(key, subgroupShuffleXor(key, 1u), subgroupShuffleXor(key, 2u), subgroupShuffleXor(key, 3u));
    if (expert % 4u == 0u && expert < EXPERTS) { expert_keys[expert / 4u] = keys; }
  }
}

// Known after the next barrier: who is chosen. From all lanes, after take_logits and a barrier.
fn rank_experts(lane: u32) {
  for (var first = 0u; first < EXPERTS * 4u; first += LANES) {
    let expert = min((first + lane) / 4u, EXPERTS - 1u);
    let part = lane % 4u;
    let own = component(expert_keys[expert / 4u], expert % 4u);
    var before = vec4u();
    for (var four = part; four < EXPERT_FOURS; four += 4u) {
      let ids = vec4u(four * 4u) + vec4u(0u, 1u, 2u, 3u);
      let keys = expert_keys[four];
      before += select(vec4u(), vec4u(1u), (keys > vec4u(own)) | ((keys == vec4u(own)) & (ids < vec4u(expert))));
    }
    var rank = before.x + before.y + before.z + before.w;
    rank += subgroupShuffleXor(rank, 1u);
    rank += subgroupShuffleXor(rank, 2u);
    if (part == 0u && rank < USED && first + lane < EXPERTS * 4u) {
      chosen_ids[rank] = expert;
      chosen_logits[rank] = logit_of(own);
    }
  }
}

// Known after the next barrier: the weights, e^(rms · logit) shared out. After rank_experts, take_squares and a barrier.
fn weigh_experts(lane: u32) {
  if (lane >= USED) { return; }
  let scale = norm_scale();
  let top = chosen_logits[0];
  var total = 0.0;
  if (NORMALIZE) {
    for (var slot = 0u; slot < USED; slot++) { total += exp((chosen_logits[slot] - top) * scale); }
  } else {
    for (var e = 0u; e < EXPERTS; e++) { total += exp((logit_of(component(expert_keys[e / 4u], e % 4u)) - top) * scale); }
  }
  let weight = exp((chosen_logits[lane] - top) * scale) / total;
  let finite = (bitcast<u32>(weight) & 0x7f800000u) != 0x7f800000u;
  chosen_weights[lane] = select(1.0 / f32(USED), weight, finite) * ROUTED_SCALE;
}
