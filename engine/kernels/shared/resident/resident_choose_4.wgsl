// Sums of rows and the choice of experts in the resident layers, for subgroups of 4 lanes.
const SHARES = SPLITS; // of a row's sum, left in workgroup memory

fn leave_share(sum: u32, share: f32, row: u32, split: u32) { shares[(sum * SHARES + split) * 16u + row] = share; }

// As in resident_choose_32.wgsl, by one lane.
fn choose(lane: u32, tag: u32) {
  if (lane > 0u) { return; }
  var logits: array<f32, EXPERTS>;
  var invalid = false;
  var largest = -3.4e38;
  for (var e = 0u; e < EXPERTS; e++) {
    let bits = take(LOGITS_AT + e, tag);
    invalid |= (bits & 0x7f800000u) == 0x7f800000u && bits != 0xff800000u;
    logits[e] = bitcast<f32>(bits);
    largest = max(largest, logits[e]);
  }
  invalid |= largest == -3.4e38;
  var total = 0.0;
  if (!NORMALIZE) {
    for (var e = 0u; e < EXPERTS; e++) { total += exp(logits[e] - largest); }
  }
  var taken: array<bool, EXPERTS>;
  for (var k = 0u; k < USED; k++) {
    var best = EXPERTS;
    for (var e = 0u; e < EXPERTS; e++) {
      if (!taken[e] && (best == EXPERTS || logits[e] > logits[min(best, EXPERTS - 1u)])) { best = e; }
    }
    taken[min(best, EXPERTS - 1u)] = true;
    chosen_ids[k] = select(best, k, invalid);
    chosen_weights[k] = exp(logits[min(best, EXPERTS - 1u)] - largest);
    if (NORMALIZE) { total += chosen_weights[k]; }
  }
  for (var k = 0u; k < USED; k++) {
    chosen_weights[k] = select(chosen_weights[k] / total, 1.0 / f32(USED), invalid) * ROUTED_SCALE;
  }
}
