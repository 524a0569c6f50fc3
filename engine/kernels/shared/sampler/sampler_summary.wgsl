// What is known of a set of tokens, and how two sets join: log-sum-exp as (largest, Σ exp(x − largest)) of the raw logits
// and of the scores, and the winner. Imported after sampler_score.

struct Summary {
  raw: vec2f,
  scores: vec2f,
  /** Score, with noise when drawing at random. */
  best: f32,
  id: u32,
  /** 1 when a logit was NaN or +∞ */
  bad: u32,
}

/** What sample_scan leaves of a chunk. */
struct Chunk {
  all: Summary,
  /** Key of the best token that is not among the chunk's candidates, by score and by logit; 0 when there is none. */
  rest: vec2u,
}

var<workgroup> summaries: array<Summary, LANES>;

fn empty_summary() -> Summary { return Summary(vec2f(LOWEST, 0.0), vec2f(LOWEST, 0.0), LOWEST, 0xffffffffu, 0u); }

fn join_sums(a: vec2f, b: vec2f) -> vec2f {
  let largest = max(a.x, b.x);
  return vec2f(largest, a.y * exp(a.x - largest) + b.y * exp(b.x - largest));
}

/** `counted` says which of the values are there. */
fn add_four(sums: vec2f, values: vec4f, counted: vec4<bool>) -> vec2f {
  let largest = max(sums.x, max(max(values.x, values.y), max(values.z, values.w)));
  let shares = select(vec4f(0.0), exp(values - largest), counted);
  return vec2f(largest, sums.y * exp(sums.x - largest) + (shares.x + shares.y + shares.z + shares.w));
}

fn join(a: Summary, b: Summary) -> Summary {
  var joined = a;
  joined.raw = join_sums(a.raw, b.raw);
  joined.scores = join_sums(a.scores, b.scores);
  if (b.best > a.best || (b.best == a.best && b.id < a.id)) {
    joined.best = b.best;
    joined.id = b.id;
  }
  joined.bad = a.bad | b.bad;
  return joined;
}

/** The summary of all lanes; call it in uniform control flow. Every lane gets the same. */
fn join_lanes(lane: u32, own: Summary) -> Summary {
  workgroupBarrier();
  summaries[lane] = own;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { summaries[lane] = join(summaries[lane], summaries[lane + half]); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&summaries[0]);
}
