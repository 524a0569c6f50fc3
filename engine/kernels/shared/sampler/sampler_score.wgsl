// What all kernels of the sampler agree on: its parameters, the score of a token, the order of tokens. Kernels that import
// this bind `parameters`, a uniform SamplerParameters.
override LANES: u32 = 64; // a power of two from 16 to 256

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

/** Below every logit; finite, so that no difference is NaN. */
const LOWEST = -3e38;
/** In a count: the prompt holds the token. The lower bits count the answer's. */
const IN_PROMPT = 0x80000000u;
/** First word of the ids in `state`. */
const HISTORY = 4u;

/** Orders as the number does; −0 and 0 are the same. */
fn ordered_key(score: f32) -> u32 {
  let bits = bitcast<u32>(score);
  return select(bits | 0x80000000u, ~bits, bits > 0x80000000u);
}

fn ordered_keys(scores: vec4f) -> vec4u {
  let bits = bitcast<vec4u>(scores);
  return select(bits | vec4u(0x80000000u), ~bits, bits > vec4u(0x80000000u));
}

fn value_of_key(key: u32) -> f32 { return bitcast<f32>(select(~key, key & 0x7fffffffu, key >= 0x80000000u)); }

/** Second part of a token's place in the ranking, 18 bits: larger for lower ids. */
fn id_keys(ids: vec4u) -> vec4u { return vec4u(0x3ffffu) - ids; }
