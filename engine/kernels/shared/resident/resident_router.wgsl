// The router of the resident layers, without a phase of its own: whoever has columns of the hidden state adds their share of every
// expert's logit to words of the exchange (shared/experts/router_words.wgsl), which count the additions in their low 8 bits. The rms of the
// hidden state comes in with the weights (resident_choose.wgsl).
#import "router_words"
const SHARES_A_LANE = (EXPERTS * 4u + LANES - 1u) / LANES;

var<workgroup> routed: array<f32, HIDDEN_UNITS * 16u>; // columns of the workgroup's tiles, ⊙ norm

fn logit_at(layer: u32, expert: u32, word: u32) -> u32 {
  return ROUTER_AT + layer * ROUTER_WORDS + logit_place(expert) + word * LINE_WORDS;
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
      let words = share_words(sum);
      let word = share % 4u;
      let added = select(select(words.z, words.y, word == 1u), words.x, word == 0u);
      atomicAdd(&exchange[logit_at(layer, share / 4u, word)], added + 1u);
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
  return logit_of_words(words);
}
