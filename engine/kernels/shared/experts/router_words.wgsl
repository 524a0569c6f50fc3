// The router's logits while workgroups add to them: in fixed point, so that no order of additions shows. A logit is three words, each with a
// sum of chunks of 15 bits and sign above its low 8 bits, where who waits for all additions counts them. 2⁻²⁶ is the smallest step, ±2¹⁹
// the largest share of a workgroup; there may be 255 of them (gpu/routerWords.ts). What is not a number counts as the lowest. The rms of
// the hidden state, which all logits have in common, is not in them: it does not change who is chosen.
// Eight logits share lines of 32 words, so that more slices of a cache add at the same time.
const LOGIT_WORDS = 3u;
const LINE_WORDS = 32u;
const LOGITS_A_LINE = 8u;
const COARSE = 16.0;            // of the first word
const MIDDLE = 0x1p-11;         // of the second
const FINE = 0x1p-26;           // of the third

// Of a logit's first word; the others follow LINE_WORDS apart.
fn logit_place(expert: u32) -> u32 { return expert / LOGITS_A_LINE * (LOGIT_WORDS * LINE_WORDS) + expert % LOGITS_A_LINE; }

// What a share adds to the logit's words.
fn share_words(share: f32) -> vec3u {
  let all = select(-0x1p19, clamp(share, -0x1p19, 0x1p19), (bitcast<u32>(share) & 0x7f800000u) != 0x7f800000u);
  let coarse = trunc(all / COARSE);
  let rest = all - coarse * COARSE;
  let middle = trunc(rest / MIDDLE);
  let fine = round((rest - middle * MIDDLE) / FINE);
  return bitcast<vec3u>(vec3i(vec3f(coarse, middle, fine))) << vec3u(8u);
}

fn logit_of_words(words: vec3u) -> f32 {
  let chunks = vec3f(bitcast<vec3i>(words) >> vec3u(8u));
  return chunks.x * COARSE + (chunks.y * MIDDLE + chunks.z * FINE);
}
