// sample_select: one pass of the radix select that finds where top-k or top-p cuts the ranking. Weights are counts for top-k
// and fixed-point probabilities for top-p, so that sums don't depend on the order of atomics.
// in    logits    [vocabulary] f32
// in    counts    [vocabulary] u32
// in    adjustments [2, vocabulary] f32
// in    summaries_in [chunks] Summary, of sample_scan
// inout selection (shared/sampler_selection.wgsl)
// uniform parameters
// uniform pass_of (stage: 0 top-k, 1 top-p; pass 0…5)
// override CHUNK, LANES (a power of two, ≤ 512)
// one workgroup = CHUNK tokens; workgroup_id.x = chunk
#import "sampler_score"
#import "sampler_token"
#import "sampler_summary"
#import "sampler_selection"

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> summaries_in: array<Summary>;
@group(0) @binding(3) var<storage, read_write> selection: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read> adjustments: array<f32>;
@group(0) @binding(5) var<uniform> parameters: SamplerParameters;
@group(0) @binding(6) var<uniform> pass_of: vec4u;

var<workgroup> histogram: array<atomic<u32>, BINS>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let stage = pass_of.x;
  let pass_index = pass_of.y;
  if ((stage == 0u && parameters.top_k == 0u) || (stage == 1u && parameters.has_top_p == 0u)) { return; }

  var largest = 0.0;
  var unit = 0.0;
  // The last token that top-k left, for top-p to stay within.
  var limit = Place(0u, 0u, 0u);
  if (stage == 1u) {
    var own = empty_summary();
    for (var i = lane; i < arrayLength(&summaries_in); i += LANES) { own = join(own, summaries_in[i]); }
    let all = join_lanes(lane, own);
    largest = all.scores.x;
    // Masses of what top-k left add up to about 2³¹ at most.
    unit = 2147483648.0 / all.scores.y;
    if (parameters.top_k != 0u) {
      unit = 2147483648.0 / min(f32(parameters.top_k), all.scores.y);
      if (pass_index == 0u) {
        limit = next_place(0u, PASSES, lane);
        if (workgroup.x == 0u && lane == 0u) { store_place(0u, PASSES, limit); }
      } else {
        limit = load_place(0u, PASSES);
      }
    }
  }
  var place = Place(0u, 0u, 0u);
  if (pass_index > 0u) {
    place = next_place(stage, pass_index, lane);
    if (workgroup.x == 0u && lane == 0u) { store_place(stage, pass_index, place); }
  }

  for (var bin = lane; bin < BINS; bin += LANES) { atomicStore(&histogram[bin], 0u); }
  workgroupBarrier();
  let end = min((workgroup.x + 1u) * CHUNK, parameters.sampleable);
  for (var id = workgroup.x * CHUNK + lane; id < end; id += LANES) {
    // NaN and +∞ may land anywhere: sample_scan has reported them.
    let logit = logits[id];
    if (is_minus_infinity(logit)) { continue; }
    let score = score_of(id, logit);
    let key = ordered_key(score);
    let ids = id_key(id);
    if (!agrees(key, ids, place, pass_index) || !within(key, ids, limit)) { continue; }
    var weight = 1u;
    if (stage == 1u) { weight = u32(exp(score - largest) * unit); }
    atomicAdd(&histogram[digit_of(key, ids, pass_index)], weight);
  }
  workgroupBarrier();
  let to = histogram_at(stage, pass_index);
  for (var bin = lane; bin < BINS; bin += LANES) {
    let weight = atomicLoad(&histogram[bin]);
    if (weight != 0u) { atomicAdd(&selection[to + bin], weight); }
  }
}
