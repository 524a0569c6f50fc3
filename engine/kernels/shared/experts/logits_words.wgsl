// Logits for choose_experts as residual_router_1token leaves them, finite and without the rms of the hidden state.
//   in  router_logits  (router_words)
// After read_squares (norm_scale), from the same lanes.
#import "router_words"
fn logit_bits(expert: u32) -> u32 {
  let at = logit_place(expert);
  return bitcast<u32>(logit_of_words(
    vec3u(router_logits[at], router_logits[at + LINE_WORDS], router_logits[at + 2u * LINE_WORDS])));
}
fn logit_scale() -> f32 { return norm_scale(); }

// Of a hidden state that is not finite, of which the words say nothing; each lane looks at the squares that it has read.
fn is_unrankable(lane: u32, lanes: u32) -> bool {
  var unrankable = false;
  for (var i = lane; i < SQUARES; i += lanes) {
    let exponents = bitcast<vec4u>(norm_squares[i]) & vec4u(0x7f800000u);
    unrankable |= any(exponents == vec4u(0x7f800000u));
  }
  return unrankable;
}
