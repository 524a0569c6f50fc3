// sample_finish: joins what the other kernels of the sampler found, writes the result and moves the step on.
// in    summaries_in [2·chunks] Summary: of all tokens, then of those that truncation left
// in    best      [chunks, MOST] Candidate, of sample_alternatives
// in    logits    [vocabulary] f32
// inout counts    [vocabulary] u32: the chosen token is counted
// in    adjustments [2, vocabulary] f32
// inout state     word 0: step of the answer, + 1; 1: tokens so far, + 1; from word HISTORY on their ids, the chosen one added
// inout step      word 0: position, + tokens; 1: tokens, becomes 1; 2: id of the first token, becomes the chosen one
// out   result    [4 + 2·MOST] u32: id, 1 if a logit was NaN or none was finite, ln p raw (f32), ln p as drawn (f32),
//                 then id and ln p raw (f32) of each alternative
// uniform parameters
// override MOST, CHUNK, LANES (a power of two, ≤ 512)
// one workgroup in all
#import "sampler_score"
#import "sampler_token"
#import "sampler_summary"
#import "sampler_ranking"
override MOST: u32;

@group(0) @binding(0) var<storage, read> summaries_in: array<Summary>;
@group(0) @binding(1) var<storage, read> best: array<Candidate>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;
@group(0) @binding(4) var<storage, read_write> state: array<u32>;
@group(0) @binding(5) var<storage, read_write> step: array<u32>;
@group(0) @binding(6) var<storage, read_write> result: array<u32>;
@group(0) @binding(7) var<storage, read> adjustments: array<f32>;
@group(0) @binding(8) var<uniform> parameters: SamplerParameters;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let chunks = arrayLength(&summaries_in) / 2u;
  var own = empty_summary();
  for (var i = lane; i < chunks; i += LANES) { own = join(own, summaries_in[i]); }
  let all = join_lanes(lane, own);
  var drawn = all;
  if (parameters.truncates != 0u) {
    own = empty_summary();
    for (var i = lane; i < chunks; i += LANES) { own = join(own, summaries_in[chunks + i]); }
    drawn = join_lanes(lane, own);
  }
  let raw_sum = all.raw.x + log(all.raw.y);

  if (lane == 0u) {
    let bad = all.bad != 0u || drawn.id == 0xffffffffu;
    let id = select(drawn.id, 0u, bad);
    let logit = logits[id];
    var log_probability = 0.0;
    if (parameters.random != 0u) {
      let score = score_of(id, logit);
      log_probability = min(0.0, score - drawn.scores.x - log(drawn.scores.y));
    }
    result[0] = id;
    result[1] = u32(bad);
    result[2] = bitcast<u32>(min(0.0, logit - raw_sum));
    result[3] = bitcast<u32>(log_probability);
    counts[id] += 1u;
    state[0] += 1u;
    let place = HISTORY + state[1];
    if (place < arrayLength(&state)) { state[place] = id; }
    state[1] += 1u;
    step[0] += step[1];
    step[1] = 1u;
    step[2] = id;
  }

  var last = Candidate(-LOWEST, 0u);
  for (var round = 0u; round < parameters.alternatives; round++) {
    var candidate = no_candidate();
    for (var i = lane; i < chunks * parameters.alternatives; i += LANES) {
      let other = best[(i / parameters.alternatives) * MOST + i % parameters.alternatives];
      if (other.id != NO_CANDIDATE && ranks_before(last, other) && ranks_before(other, candidate)) { candidate = other; }
    }
    last = best_of_lanes(lane, candidate);
    if (lane == 0u) {
      result[4u + 2u * round] = last.id;
      result[5u + 2u * round] = bitcast<u32>(min(0.0, last.value - raw_sum));
    }
  }
}
