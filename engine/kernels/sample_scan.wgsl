// sample_scan: one pass over the logits, which stay as they are: log-sum-exp of raw logits and of scores, the winner by score
// (greedy) or by score + Gumbel noise (the exponential race, spec 4.6), and, where sample_finish will rank tokens, the best ones
// of each chunk: by score for truncation, by logit for alternatives.
// in  logits     [vocabulary] f32
// in  counts     [vocabulary] u32, see IN_PROMPT
// in  adjustments [2, vocabulary] f32, of sample_repeats
// in  state      step of the answer in word 0
// out chunks     [chunks] Chunk (shared/sampler/sampler_summary.wgsl)
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
var<workgroup> taken_count: array<atomic<u32>, 2>;
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
    var noise = vec4f();
    if (races) {
      noise = vec4f(
        gumbel_noise(four.ids.x, keys), gumbel_noise(four.ids.y, keys), gumbel_noise(four.ids.z, keys), gumbel_noise(four.ids.w, keys));
    }
    let shown = select(vec4f(LOWEST), four.logits, four.drawable);
    largest_logit = max(largest_logit, max(max(shown.x, shown.y), max(shown.z, shown.w)));
    let rated = select(vec4f(LOWEST), scores + noise, four.drawable);
    // Ids ascend, so the lower one stays on a tie.
    lead(&own, four.ids.x, rated.x);
    lead(&own, four.ids.y, rated.y);
    lead(&own, four.ids.z, rated.z);
    lead(&own, four.ids.w, rated.w);
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

fn lead(own: ptr<function, Summary>, id: u32, rated: f32) {
  if (rated > (*own).best) {
    (*own).best = rated;
    (*own).id = id;
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
    let bins = drawable_bins(four, values_of(four, kind), largest, scale);
    add_to_bins(bins, vec4u(1u));
  }
  // The bin that no longer fits.
  let edge = find_bin(lane, ROOM + 1u).bin;
  let to = (kind * arrayLength(&chunks) + chunk) * ROOM;
  var rest = 0u;
  for (var turn = 0u; turn < CHUNK; turn += 4u * LANES) {
    let four = four_from(start + turn + lane, end);
    let values = values_of(four, kind);
    let bins = drawable_bins(four, values, largest, scale);
    let taken = (bins != vec4u(NO_BIN)) & ((bins > vec4u(edge)) | vec4<bool>(edge == NO_BIN));
    take(kind, to, four.ids.x, values.x, taken.x);
    take(kind, to, four.ids.y, values.y, taken.y);
    take(kind, to, four.ids.z, values.z, taken.z);
    take(kind, to, four.ids.w, values.w, taken.w);
    let keys = select(vec4u(0u), ordered_keys(values), four.drawable & !taken);
    rest = max(rest, max(max(keys.x, keys.y), max(keys.z, keys.w)));
  }
  if (rest != 0u) { atomicMax(&rests[kind], rest); }
  workgroupBarrier();
  for (var slot = atomicLoad(&taken_count[kind]) + lane; slot < ROOM; slot += LANES) {
    candidates[to + slot] = bitcast<u32>(LOWEST);
  }
}

fn drawable_bins(four: Four, values: vec4f, largest: f32, scale: f32) -> vec4u {
  return select(vec4u(NO_BIN), linear_bins(values, largest, scale), four.drawable);
}

fn take(kind: u32, to: u32, id: u32, value: f32, taken: bool) {
  if (!taken) { return; }
  let slot = to + atomicAdd(&taken_count[kind], 1u);
  candidates[slot] = bitcast<u32>(value);
  candidates[2u * arrayLength(&chunks) * ROOM + slot] = id;
}
