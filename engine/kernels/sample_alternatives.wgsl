// sample_alternatives: the most likely tokens of each chunk under the raw logits.
// in  logits [vocabulary] f32
// out best   [chunks, MOST] Candidate, best first; as many as parameters.alternatives
// uniform parameters
// override MOST, CHUNK, LANES (a power of two, ≤ 512)
// one workgroup = CHUNK tokens; workgroup_id.x = chunk
#import "sampler_score"
#import "sampler_ranking"
override MOST: u32;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> best: array<Candidate>;
@group(0) @binding(2) var<uniform> parameters: SamplerParameters;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let end = min((workgroup.x + 1u) * CHUNK, parameters.sampleable);
  var last = Candidate(-LOWEST, 0u);
  for (var round = 0u; round < parameters.alternatives; round++) {
    var own = no_candidate();
    for (var id = workgroup.x * CHUNK + lane; id < end; id += LANES) {
      let candidate = Candidate(logits[id], id);
      if (is_bad(candidate.value) || is_minus_infinity(candidate.value)) { continue; }
      if (ranks_before(last, candidate) && ranks_before(candidate, own)) { own = candidate; }
    }
    last = best_of_lanes(lane, own);
    if (lane == 0u) { best[workgroup.x * MOST + round] = last; }
  }
}
