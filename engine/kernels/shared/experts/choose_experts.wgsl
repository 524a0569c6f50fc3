// Ranks the experts by router logit, lower id on ties, in every workgroup for itself: cheaper than a launch between router and
// experts. A row with NaN or +∞, or of −∞ alone, gives experts in order of id, with equal weights (router_topk).
// slots: logits: logits_*, which say what each is, what all are still to be multiplied by, and whether they say nothing
#import "logits"
const lowest_bits = 0xff800000u; // −∞
override EXPERTS: u32;
override USED: u32;
override NORMALIZE: bool = true;
override SCALE: f32 = 1.0;
// Lanes that share the comparisons of one expert with all the others.
override SHARES: u32 = max(1u, 16u * SPLITS / EXPERTS);
override FOURS: u32 = (EXPERTS + 3u) / 4u;
var<workgroup> logit_row: array<vec4f, FOURS>;
var<workgroup> ranks: array<atomic<u32>, EXPERTS>;
var<workgroup> invalid: atomic<u32>;
var<workgroup> chosen_ids: array<u32, USED>;
var<workgroup> chosen_logits: array<f32, USED>;

// Call from all lanes; there are barriers in it. Afterwards all know the choices.
fn choose_experts(lane: u32, lanes: u32) {
  if (is_unrankable(lane, lanes)) { atomicStore(&invalid, 1u); }
  // Four to a lane: a write to one component of a vector may touch the others.
  for (var four = lane; four < FOURS; four += lanes) {
    var row = vec4f();
    for (var i = 0u; i < 4u && four * 4u + i < EXPERTS; i++) {
      let bits = logit_bits(four * 4u + i);
      // By bits, since a compiler may take it for granted that numbers are neither NaN nor infinite.
      if ((bits & 0x7f800000u) == 0x7f800000u && bits != lowest_bits) { atomicStore(&invalid, 1u); }
      row[i] = bitcast<f32>(bits);
    }
    logit_row[four] = row;
  }
  workgroupBarrier();
  for (var i = lane; i < EXPERTS * SHARES; i += lanes) {
    let e = i % EXPERTS;
    let own = vec4f(logit_row[e / 4u][e % 4u]);
    var before = vec4u();
    for (var four = i / EXPERTS; four < FOURS; four += SHARES) {
      let others = logit_row[four];
      let ids = vec4u(four * 4u) + vec4u(0u, 1u, 2u, 3u);
      before += vec4u(((others > own) | ((others == own) & (ids < vec4u(e)))) & (ids < vec4u(EXPERTS)));
    }
    atomicAdd(&ranks[e], before.x + before.y + before.z + before.w);
  }
  workgroupBarrier();
  for (var e = lane; e < EXPERTS; e += lanes) {
    let rank = select(atomicLoad(&ranks[e]), e, atomicLoad(&invalid) == 1u);
    if (rank < USED) {
      chosen_ids[rank] = e;
      chosen_logits[rank] = logit_row[e / 4u][e % 4u];
    }
  }
  workgroupBarrier();
}

fn chosen_id(k: u32) -> u32 { return chosen_ids[k]; }

// The weight of choice k; without renormalisation the sum runs over all experts.
fn expert_weight(k: u32) -> f32 {
  var total = 0.0;
  var weight = 1.0 / f32(USED);
  let largest = chosen_logits[0];
  let scale = logit_scale();
  if (atomicLoad(&invalid) == 0u && bitcast<u32>(largest) != lowest_bits) {
    if (NORMALIZE) {
      for (var i = 0u; i < USED; i++) { total += exp((chosen_logits[i] - largest) * scale); }
    } else {
      for (var e = 0u; e < EXPERTS; e++) { total += exp((logit_row[e / 4u][e % 4u] - largest) * scale); }
    }
    weight = exp((chosen_logits[k] - largest) * scale) / total;
  }
  if (SCALE != 1.0) { weight *= SCALE; }
  return weight;
}
