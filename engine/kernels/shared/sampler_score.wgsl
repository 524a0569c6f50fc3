// What all kernels of the sampler agree on: its parameters, the score of a token, the order of tokens. Kernels that import
// this bind `parameters`, a uniform SamplerParameters.

struct SamplerParameters {
  seed: u32,
  /** 0 greedy, 1 random */
  random: u32,
  /** 1 when top-k, top-p or min-p can drop a token */
  truncates: u32,
  /** Ids from here on are never drawn; at most `vocabulary`. */
  sampleable: u32,
  top_k: u32,
  /** top-p · 2³² */
  top_p_share: u32,
  /** 1 when top-p is on */
  has_top_p: u32,
  /** ln(min-p); very low when off */
  min_p_distance: f32,
  inverse_temperature: f32,
  penalizes: u32,
  repetition: f32,
  inverse_repetition: f32,
  presence: f32,
  frequency: f32,
  alternatives: u32,
  vocabulary: u32,
  /** 1 when there is logit bias or DRY. */
  adjusts: u32,
  /** 1 when a penalty looks at the last tokens only; then IN_PROMPT means within the repetition window. */
  windowed: u32,
  repetition_window: u32,
  presence_window: u32,
  prompt_length: u32,
  dry_window: u32,
  /** Shortest repeat that costs something; 0 when DRY is off. */
  dry_allowed: u32,
  padding: u32,
}

/** Tokens of one workgroup of the kernels that pass over the vocabulary. */
override CHUNK: u32 = 1024;
override LANES: u32 = 64;
/** Below every logit; finite, so that no difference is NaN. */
const LOWEST = -3e38;
/** In a count: the prompt holds the token. The lower bits count the answer's. */
const IN_PROMPT = 0x80000000u;
/** First word of the ids in `state`. */
const HISTORY = 4u;

/** NaN and +∞; by bits, since a compiler may take it for granted that there are none. */
fn is_bad(logit: f32) -> bool {
  let bits = bitcast<u32>(logit);
  return (bits & 0x7f800000u) == 0x7f800000u && bits != 0xff800000u;
}

fn is_minus_infinity(logit: f32) -> bool { return bitcast<u32>(logit) == 0xff800000u; }

/** Penalties, what DRY subtracts, then temperature. */
fn token_score(logit: f32, count: u32, repeats: f32) -> f32 {
  var score = logit;
  let seen = select(count, count & IN_PROMPT, parameters.windowed != 0u);
  if (seen != 0u) { score *= select(parameters.repetition, parameters.inverse_repetition, score > 0.0); }
  let times = count & ~IN_PROMPT;
  if (times > 0u) { score -= f32(times) * parameters.frequency + parameters.presence; }
  return (score - repeats) * parameters.inverse_temperature;
}

/** Orders as the number does; −0 and 0 are the same. */
fn ordered_key(score: f32) -> u32 {
  let bits = bitcast<u32>(score);
  return select(bits | 0x80000000u, ~bits, bits > 0x80000000u);
}

/** Second part of a token's place in the ranking, 18 bits: larger for lower ids. */
fn id_key(id: u32) -> u32 { return 0x3ffffu - id; }
