// sample_race: the exponential race among the tokens that top-k, top-p and min-p leave, and their log-sum-exp.
// in    logits    [vocabulary] f32
// in    counts    [vocabulary] u32
// in    adjustments [2, vocabulary] f32
// in    state     step of the answer in word 0
// inout selection of sample_select, read only
// inout summaries_of [2·chunks] Summary: those of sample_scan, then the ones written here
// uniform parameters
// override CHUNK, LANES (a power of two, ≤ 512)
// one workgroup = CHUNK tokens; workgroup_id.x = chunk
#import "sampler_score"
#import "sampler_token"
#import "sampler_summary"
#import "sampler_selection"
#import "race_random"

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> selection: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> summaries_of: array<Summary>;
@group(0) @binding(5) var<storage, read> adjustments: array<f32>;
@group(0) @binding(6) var<uniform> parameters: SamplerParameters;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  if (parameters.truncates == 0u) { return; }
  let chunks = arrayLength(&summaries_of) / 2u;
  var scanned = empty_summary();
  for (var i = lane; i < chunks; i += LANES) { scanned = join(scanned, summaries_of[i]); }
  let largest = join_lanes(lane, scanned).scores.x;
  let least = largest + parameters.min_p_distance;
  var limit = Place(0u, 0u, 0u);
  if (parameters.has_top_p != 0u) { limit = next_place(1u, PASSES, lane); }
  else if (parameters.top_k != 0u) { limit = next_place(0u, PASSES, lane); }

  let keys = race_keys(parameters.seed, state[0]);
  let end = min((workgroup.x + 1u) * CHUNK, parameters.sampleable);
  var own = empty_summary();
  // Sums are relative to the largest score of all, which is never dropped.
  own.scores.x = largest;
  for (var id = workgroup.x * CHUNK + lane; id < end; id += LANES) {
    let logit = logits[id];
    if (is_bad(logit) || is_minus_infinity(logit)) { continue; }
    let score = score_of(id, logit);
    if (score < least || !within(ordered_key(score), id_key(id), limit)) { continue; }
    own.scores.y += exp(score - largest);
    let rated = score + gumbel_noise(id, keys);
    if (rated > own.best) {
      own.best = rated;
      own.id = id;
    }
  }
  let all = join_lanes(lane, own);
  if (lane == 0u) { summaries_of[chunks + workgroup.x] = all; }
}
