// The score of a token with all that the answer adds to it. Imported after sampler_score by kernels that bind `counts`
// (u32 [vocabulary], see IN_PROMPT) and `adjustments` (f32 [2, vocabulary]: logit bias, then what DRY subtracts).

fn score_of(id: u32, logit: f32) -> f32 {
  var count = 0u;
  if (parameters.penalizes != 0u) { count = counts[id]; }
  if (parameters.adjusts == 0u) { return token_score(logit, count, 0.0); }
  return token_score(logit + adjustments[id], count, adjustments[parameters.vocabulary + id]);
}
