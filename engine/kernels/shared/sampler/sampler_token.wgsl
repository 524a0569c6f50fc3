// Tokens four at a time, so that their loads go out together, and the score of each with all that the answer adds to it.
// Imported after sampler_score by kernels that bind `logits` (f32 [vocabulary]), `counts` (u32 [vocabulary], see IN_PROMPT) and
// `adjustments` (f32 [2, vocabulary]: logit bias, then what DRY subtracts).

struct Four {
  ids: vec4u,
  /** LOWEST where not usable */
  logits: vec4f,
  /** In range and finite. */
  usable: vec4<bool>,
  /** Usable, and no padding of the vocabulary. */
  drawable: vec4<bool>,
  /** One is NaN or +∞. */
  bad: bool,
}

/** Tokens first, first + LANES, …; those from `end` on are not there. */
fn four_from(first: u32, end: u32) -> Four {
  let ids = first + vec4u(0u, 1u, 2u, 3u) * LANES;
  let at = min(ids, vec4u(parameters.vocabulary - 1u));
  let values = vec4f(logits[at.x], logits[at.y], logits[at.z], logits[at.w]);
  // By bits, since a compiler may take it for granted that there is neither NaN nor infinity.
  let bits = bitcast<vec4u>(values);
  let special = (bits & vec4u(0x7f800000u)) == vec4u(0x7f800000u);
  let there = ids < vec4u(end);
  let usable = there & !special;
  return Four(
    ids,
    select(vec4f(LOWEST), values, usable),
    usable,
    usable & (ids < vec4u(parameters.sampleable)),
    any(there & special & (bits != vec4u(0xff800000u))),
  );
}

/** Bias, penalties, what DRY subtracts, then temperature. */
fn scores_of(ids: vec4u, raw: vec4f) -> vec4f {
  let at = min(ids, vec4u(parameters.vocabulary - 1u));
  var scores = raw;
  var repeats = vec4f();
  if (parameters.adjusts != 0u) {
    let dry = at + parameters.vocabulary;
    scores += vec4f(adjustments[at.x], adjustments[at.y], adjustments[at.z], adjustments[at.w]);
    repeats = vec4f(adjustments[dry.x], adjustments[dry.y], adjustments[dry.z], adjustments[dry.w]);
  }
  if (parameters.penalizes != 0u) {
    let count = vec4u(counts[at.x], counts[at.y], counts[at.z], counts[at.w]);
    let seen = select(count, count & vec4u(IN_PROMPT), parameters.windowed != 0u) != vec4u(0u);
    let factor = select(vec4f(parameters.repetition), vec4f(parameters.inverse_repetition), scores > vec4f(0.0));
    scores *= select(vec4f(1.0), factor, seen);
    let times = count & vec4u(~IN_PROMPT);
    scores -= select(vec4f(0.0), vec4f(times) * parameters.frequency + parameters.presence, times > vec4u(0u));
  }
  return (scores - repeats) * parameters.inverse_temperature;
}

fn drawable_scores(four: Four) -> vec4f { return select(vec4f(LOWEST), scores_of(four.ids, four.logits), four.drawable); }

/** Kinds of candidates: what truncation ranks by, and what alternatives do. */
const BY_SCORE = 0u;
const BY_LOGIT = 1u;

fn wants(kind: u32) -> bool { return select(parameters.alternatives, parameters.truncates, kind == BY_SCORE) != 0u; }

fn values_of(four: Four, kind: u32) -> vec4f {
  if (kind == BY_SCORE) { return drawable_scores(four); }
  return four.logits;
}
