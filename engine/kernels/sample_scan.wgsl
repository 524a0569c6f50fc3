// sample_scan: one pass over the logits, which stay as they are: log-sum-exp of raw logits and of scores, and the winner by
// score (greedy) or by score + Gumbel noise (the exponential race, spec 4.6) where nothing is to be dropped first.
// in  logits     [vocabulary] f32
// in  counts     [vocabulary] u32, see IN_PROMPT
// in  adjustments [2, vocabulary] f32, of sample_repeats
// in  state      step of the answer in word 0
// out summaries_out [chunks] Summary
// out selection  histograms of sample_select, cleared here
// uniform parameters
// override CHUNK, LANES (a power of two, ≤ 512)
// one workgroup = CHUNK tokens; workgroup_id.x = chunk
#import "sampler_score"
#import "sampler_token"
#import "sampler_summary"
#import "race_random"

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> summaries_out: array<Summary>;
@group(0) @binding(4) var<storage, read_write> selection: array<u32>;
@group(0) @binding(5) var<storage, read> adjustments: array<f32>;
@group(0) @binding(6) var<uniform> parameters: SamplerParameters;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (parameters.truncates != 0u) {
    let cleared = arrayLength(&selection);
    for (var i = workgroup.x * LANES + lane; i < cleared; i += workgroups.x * LANES) { selection[i] = 0u; }
  }
  let first = workgroup.x * CHUNK + lane;
  let end = min((workgroup.x + 1u) * CHUNK, parameters.vocabulary);
  let races = parameters.random != 0u && parameters.truncates == 0u;
  let keys = race_keys(parameters.seed, state[0]);
  var own = empty_summary();
  for (var id = first; id < end; id += LANES) {
    let logit = logits[id];
    if (is_bad(logit)) {
      own.bad = 1u;
      continue;
    }
    if (is_minus_infinity(logit)) { continue; }
    own.raw.x = max(own.raw.x, logit);
    if (id >= parameters.sampleable) { continue; }
    let score = score_of(id, logit);
    own.scores.x = max(own.scores.x, score);
    var rated = score;
    if (races) { rated += gumbel_noise(id, keys); }
    // Ids ascend, so the lower one stays on a tie.
    if (rated > own.best) {
      own.best = rated;
      own.id = id;
    }
  }
  for (var id = first; id < end; id += LANES) {
    let logit = logits[id];
    if (is_bad(logit) || is_minus_infinity(logit)) { continue; }
    own.raw.y += exp(logit - own.raw.x);
    if (id < parameters.sampleable) { own.scores.y += exp(score_of(id, logit) - own.scores.x); }
  }
  let all = join_lanes(lane, own);
  if (lane == 0u) { summaries_out[workgroup.x] = all; }
}
