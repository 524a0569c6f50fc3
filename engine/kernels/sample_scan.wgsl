// sample_scan: one pass over the logits, which stay as they are: log-sum-exp of raw logits and of scores, the winner by score
// (greedy) or by score + Gumbel noise (the exponential race, spec 4.6), and, where sample_finish will rank tokens, the best ones
// of each chunk: by score for truncation, by logit for alternatives.
// in  logits     [vocabulary] f32
// in  counts     [vocabulary] u32, see IN_PROMPT
// in  adjustments [2, vocabulary] f32, of sample_repeats
// in  state      step of the answer in word 0
// out chunks     [chunks] Chunk (shared/sampler_summary.wgsl)
// out candidates [2: by score, by logit][chunks, ROOM] f32 as bits, LOWEST where there are fewer; then their ids in the same order.
//     All tokens of the chunk with a value above Chunk.rest are there, in no order.
// uniform parameters
// override CHUNK (a multiple of 4 · LANES), ROOM, LANES
// one workgroup = CHUNK tokens; workgroup_id.x = chunk
#import "sampler_score"
#import "sampler_token"
#import "sampler_summary"
#import "sampler_bins"
#import "race_random"
override CHUNK: u32;
override ROOM: u32;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> chunks: array<Chunk>;
@group(0) @binding(4) var<storage, read_write> candidates: array<u32>;
@group(0) @binding(5) var<storage, read> adjustments: array<f32>;
@group(0) @binding(6) var<uniform> parameters: SamplerParameters;

/** For each kind of candidate: ~key of the smallest of the lanes' largest values, how many there are, key of the best that is none. */
var<workgroup> floors: array<atomic<u32>, 2>;
var<workgroup> taken: array<atomic<u32>, 2>;
var<workgroup> rests: array<atomic<u32>, 2>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = workgroup.x * CHUNK;
  let end = min(start + CHUNK, parameters.vocabulary);
  let races = parameters.random != 0u && parameters.truncates == 0u;
  let keys = race_keys(parameters.seed, state[0]);
  var own = empty_summary();
  var largest_logit = LOWEST;
  for (var turn = 0u; turn < CHUNK; turn += 4u * LANES) {
    let four = four_from(start + turn + lane, end);
    own.bad |= u32(four.bad);
    own.raw = add_four(own.raw, four.logits, four.usable);
    let scores = drawable_scores(four);
    own.scores = add_four(own.scores, scores, four.drawable);
    for (var i = 0u; i < 4u; i++) {
      if (!four.drawable[i]) { continue; }
      largest_logit = max(largest_logit, four.logits[i]);
      var rated = scores[i];
      if (races) { rated += gumbel_noise(four.ids[i], keys); }
      // Ids ascend, so the lower one stays on a tie.
      if (rated > own.best) {
        own.best = rated;
        own.id = four.ids[i];
      }
    }
  }
  if (own.scores.x > LOWEST) { atomicMax(&floors[BY_SCORE], ~ordered_key(own.scores.x)); }
  if (largest_logit > LOWEST) { atomicMax(&floors[BY_LOGIT], ~ordered_key(largest_logit)); }
  let all = join_lanes(lane, own);
  for (var kind = BY_SCORE; kind <= BY_LOGIT; kind++) {
    if (wants(kind)) { choose(kind, select(all.raw.x, all.scores.x, kind == BY_SCORE), workgroup.x, lane); }
  }
  if (lane == 0u) {
    chunks[workgroup.x] = Chunk(all, vec2u(atomicLoad(&rests[BY_SCORE]), atomicLoad(&rests[BY_LOGIT])));
  }
}

/**
 * The best tokens of the chunk, as many as are sure to fit. Every lane's largest value is above the floor, so between it and
 * `largest` are as many tokens as lanes at least; the bins deal them out finely.
 */
fn choose(kind: u32, largest: f32, chunk: u32, lane: u32) {
  let scale = bin_scale(largest, value_of_key(~atomicLoad(&floors[kind])));
  let start = chunk * CHUNK;
  let end = min(start + CHUNK, parameters.sampleable);
  clear_bins(lane);
  for (var turn = 0u; turn < CHUNK; turn += 4u * LANES) {
    let four = four_from(start + turn + lane, end);
    let values = values_of(four, kind);
    for (var i = 0u; i < 4u; i++) {
      let bin = linear_bin(values[i], largest, scale);
      if (four.drawable[i] && bin != NO_BIN) { atomicAdd(&histogram[bin], 1u); }
    }
  }
  // The bin that no longer fits.
  let edge = find_bin(lane, ROOM + 1u).bin;
  let to = (kind * arrayLength(&chunks) + chunk) * ROOM;
  let ids_at = 2u * arrayLength(&chunks) * ROOM;
  var rest = 0u;
  for (var turn = 0u; turn < CHUNK; turn += 4u * LANES) {
    let four = four_from(start + turn + lane, end);
    let values = values_of(four, kind);
    for (var i = 0u; i < 4u; i++) {
      if (!four.drawable[i]) { continue; }
      let bin = linear_bin(values[i], largest, scale);
      if (bin != NO_BIN && (edge == NO_BIN || bin > edge)) {
        let slot = to + atomicAdd(&taken[kind], 1u);
        candidates[slot] = bitcast<u32>(values[i]);
        candidates[ids_at + slot] = four.ids[i];
      } else {
        rest = max(rest, ordered_key(values[i]));
      }
    }
  }
  if (rest != 0u) { atomicMax(&rests[kind], rest); }
  workgroupBarrier();
  for (var slot = atomicLoad(&taken[kind]) + lane; slot < ROOM; slot += LANES) {
    candidates[to + slot] = bitcast<u32>(LOWEST);
  }
}
