// The router of the resident layers, without a phase of its own: whoever has columns of the hidden state adds their share of every
// expert's logit to words of the exchange, in fixed point, so that the order of additions changes nothing. The rms of the hidden
// state, which all logits have in common, is not in them yet: it does not change who is chosen (resident_choose.wgsl).
// A logit is three words, each with its number of additions in the low 8 bits and above them a sum of chunks of 15 bits and sign:
// 2⁻²⁶ is the smallest step, ±2¹⁹ the largest share of a workgroup. What is not a number counts as the lowest. Words are spread over the
// lines of a cache, so that more of its slices add at the same time.
const COARSE = 16.0;            // of the first word
const MIDDLE = 0x1p-11;         // of the second
const FINE = 0x1p-26;           // of the third
const SHARES_A_LANE = (EXPERTS * 4u + LANES - 1u) / LANES;

var<workgroup> routed: array<f32, HIDDEN_UNITS * 16u>; // columns of the workgroup's tiles, ⊙ norm

fn logit_at(layer: u32, expert: u32, word: u32) -> u32 {
  return ROUTER_AT + layer * ROUTER_WORDS + (expert / LOGITS_A_LINE * LOGIT_WORDS + word) * LINE_WORDS + expert % LOGITS_A_LINE;
}

// Of each share of a lane and each tile: an expert's weights of four columns. Four lanes an expert.
fn router_weights(router: u32, workgroup: u32, lane: u32) -> array<vec4f, SHARES_A_LANE * HIDDEN_UNITS> {
  var weights: array<vec4f, SHARES_A_LANE * HIDDEN_UNITS>;
  for (var s = 0u; s < SHARES_A_LANE; s++) {
    let share = min(lane + s * LANES, EXPERTS * 4u - 1u);
    let expert = share / 4u;
    let first = (router + expert / 16u * HIDDEN_GROUPS) * 1024u + expert % 16u;
    for (var u = 0u; u < HIDDEN_UNITS; u++) {
      let tile = min(workgroup + u * WORKGROUPS, TILES - 1u);
      weights[s * HIDDEN_UNITS + u] = bitcast<vec4f>(dense[first + (tile * 4u + share % 4u) * 16u]);
    }
  }
  return weights;
}

// After a barrier behind the last writing of `routed`, from all lanes.
fn add_to_logits(layer: u32, workgroup: u32, lane: u32, weights: array<vec4f, SHARES_A_LANE * HIDDEN_UNITS>) {
  for (var s = 0u; s < SHARES_A_LANE; s++) {
    let share = lane + s * LANES;
    var sum = 0.0;
    for (var u = 0u; u < HIDDEN_UNITS; u++) {
      let at = (u * 4u + share % 4u) * 4u;
      let four = vec4f(routed[at], routed[at + 1u], routed[at + 2u], routed[at + 3u]);
      if (workgroup + u * WORKGROUPS < TILES) { sum += dot(weights[s * HIDDEN_UNITS + u], four); }
    }
    sum += subgroupShuffleXor(sum, 1u);
    sum += subgroupShuffleXor(sum, 2u);
    if (workgroup < TILES && share < EXPERTS * 4u && share % 4u < LOGIT_WORDS) {
      // Not a number: below all.
      let all = select(-0x1p19, clamp(sum, -0x1p19, 0x1p19), (bitcast<u32>(sum) & 0x7f800000u) != 0x7f800000u);
      let coarse = trunc(all / COARSE);
      let rest = all - coarse * COARSE;
      let middle = trunc(rest / MIDDLE);
      let fine = round((rest - middle * MIDDLE) / FINE);
      let word = share % 4u;
      let chunk = i32(select(select(fine, middle, word == 1u), coarse, word == 0u));
      atomicAdd(&exchange[logit_at(layer, share / 4u, word)], (u32(chunk) << 8u) + 1u);
    }
  }
}

fn all_added(words: vec3u) -> bool { return all((words & vec3u(255u)) == vec3u(ROUTER_ADDITIONS)); }

fn look_at_logit(at: u32) -> vec3u {
  return vec3u(atomicLoad(&exchange[at]), atomicLoad(&exchange[at + LINE_WORDS]), atomicLoad(&exchange[at + 2u * LINE_WORDS]));
}

// The logit of an expert, without the rms, as soon as all have added to it.
fn take_logit(layer: u32, expert: u32) -> f32 {
  let at = logit_at(layer, expert, 0u);
  var words = look_at_logit(at);
  for (var looks = 1u; !all_added(words) && waits(looks); looks++) { words = look_at_logit(at); }
  let chunks = vec3f(bitcast<vec3i>(words) >> vec3u(8u));
  return chunks.x * COARSE + (chunks.y * MIDDLE + chunks.z * FINE);
}
