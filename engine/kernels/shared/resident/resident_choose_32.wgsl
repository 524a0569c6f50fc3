// Sums of rows and the choice of experts in the resident layers, for subgroups of 32 lanes.
const SHARES = SPLITS / 2u; // of a row's sum, left in workgroup memory

// The share of a row's sum `sum` that a lane has: two lanes of the subgroup have shares of the same row.
fn leave_share(sum: u32, share: f32, row: u32, split: u32) {
  let both = share + subgroupShuffleXor(share, 16u);
  if ((split & 1u) == 0u) { shares[(sum * SHARES + split / 2u) * 16u + row] = both; }
}

// Orders as numbers do; only finite ones and −∞ matter here.
fn ranked_bits(bits: u32) -> u32 { return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u); }

// The best experts by router logit, lower id on ties, and their weights; by the first subgroup, known after the next
// barrier. As choose_experts.wgsl: with NaN or +∞ the first ones, with equal weights.
fn choose(lane: u32, tag: u32) {
  if (lane >= SUBGROUP) { return; }
  var own: array<u32, FOURS_A_LANE * 4u>;
  var wrong = false;
  var largest = 0u;
  for (var f = 0u; f < FOURS_A_LANE; f++) {
    // Beyond the last expert, the last one again.
    let four = take_at(min(vec4u(LOGITS_AT + f * 4u * SUBGROUP + lane) + vec4u(0u, 1u, 2u, 3u) * SUBGROUP, vec4u(LOGITS_AT + EXPERTS - 1u)), tag);
    for (var j = 0u; j < 4u; j++) {
      let bits = component(four, j);
      own[f * 4u + j] = 0u;
      if ((f * 4u + j) * SUBGROUP + lane < EXPERTS) {
        wrong |= (bits & 0x7f800000u) == 0x7f800000u && bits != 0xff800000u;
        own[f * 4u + j] = max(ranked_bits(bits), 1u);
      }
      largest = max(largest, own[f * 4u + j]);
    }
  }
  let top = subgroupMax(largest);
  let top_logit = logit_of(top);
  let invalid = subgroupAny(wrong) || top == ranked_bits(0xff800000u);
  var total = 0.0;
  if (!NORMALIZE) {
    for (var i = 0u; i < FOURS_A_LANE * 4u; i++) { total += select(0.0, exp(logit_of(own[i]) - top_logit), own[i] != 0u); }
    total = subgroupAdd(total);
  }
  var mine = 0.0;
  var id = lane;
  for (var k = 0u; k < USED; k++) {
    var best = 0u;
    for (var i = 0u; i < FOURS_A_LANE * 4u; i++) { best = max(best, own[i]); }
    let most = subgroupMax(best);
    var candidate = EXPERTS;
    for (var i = 0u; i < FOURS_A_LANE * 4u; i++) {
      if (own[i] == most) { candidate = min(candidate, i * SUBGROUP + lane); }
    }
    let chosen = subgroupMin(candidate);
    let weight = exp(logit_of(most) - top_logit);
    if (NORMALIZE) { total += weight; }
    if (lane == k && !invalid) {
      mine = weight;
      id = chosen;
    }
    for (var i = 0u; i < FOURS_A_LANE * 4u; i++) {
      if (i * SUBGROUP + lane == chosen) { own[i] = 0u; }
    }
  }
  if (lane < USED) {
    chosen_ids[lane] = id;
    chosen_weights[lane] = select(mine / total, 1.0 / f32(USED), invalid) * ROUTED_SCALE;
  }
}

fn logit_of(ranked: u32) -> f32 {
  return bitcast<f32>(select(~ranked, ranked & 0x7fffffffu, (ranked & 0x80000000u) != 0u));
}
