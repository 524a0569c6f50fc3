// sample_finish: truncates and draws, or takes the winner that sample_scan found; writes the result and moves the step on. Top-k,
// top-p and min-p work on the few tokens that rank first, as long as sample_scan's candidates are sure to hold all of those; if
// not (a flat distribution, thousands of equal logits), on the whole vocabulary, in this one workgroup.
// in    chunks    [chunks] Chunk, of sample_scan      in candidates, of sample_scan
// in    logits    [vocabulary] f32
// inout counts    [vocabulary] u32: the chosen token is counted
// in    adjustments [2, vocabulary] f32
// inout state     word 0: step of the answer, + 1; 1: tokens so far, + 1; from word HISTORY on their ids, the chosen one added
// inout step      word 0: position, + tokens; 1: tokens, becomes 1; 2: id of the first token, becomes the chosen one
// out   result    [4 + 2·MOST] u32: id, 1 if a logit was NaN or none was finite, ln p raw (f32), ln p as drawn (f32),
//                 then id and ln p raw (f32) of each alternative
// uniform parameters
// override NEAR (≥ MOST), LANES
// one workgroup in all
#import "sampler_score"
#import "sampler_token"
#import "sampler_summary"
#import "sampler_bins"
#import "sampler_selection"
#import "sampler_near"
#import "race_random"

@group(0) @binding(0) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(1) var<storage, read> candidates: array<vec4u>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;
@group(0) @binding(4) var<storage, read_write> state: array<u32>;
@group(0) @binding(5) var<storage, read_write> step: array<u32>;
@group(0) @binding(6) var<storage, read_write> result: array<u32>;
@group(0) @binding(7) var<storage, read> adjustments: array<f32>;
@group(0) @binding(8) var<uniform> parameters: SamplerParameters;

const NO_ID = 0xffffffffu;
const WHOLE = 0x80000000u; // all masses together

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = empty_summary();
  for (var i = lane; i < arrayLength(&chunks); i += LANES) { own = join(own, chunks[i].all); }
  let all = join_lanes(lane, own);
  let raw_sum = all.raw.x + log(all.raw.y);
  var runner = empty_summary();
  // Sums are relative to the largest score of all, which is never dropped.
  runner.scores.x = all.scores.x;
  for (var kind = BY_SCORE; kind <= BY_LOGIT; kind++) {
    if (!wants(kind)) { continue; }
    let cuts = cuts_of(kind, all);
    var count = gather(lane, kind, cuts);
    if (count == 0u) {
      count = search_all(lane, kind, cuts, &runner);
    }
    rank_gathered(lane, count);
    if (kind == BY_SCORE) { race_near(lane, count, cuts, &runner); } else { report(lane, count, raw_sum); }
  }
  var drawn = all;
  if (parameters.truncates != 0u) { drawn = join_lanes(lane, runner); }
  if (lane == 0u) { step_on(all, drawn, raw_sum); }
}

/** Writes the result and moves the step on. */
fn step_on(all: Summary, drawn: Summary, raw_sum: f32) {
  let bad = all.bad != 0u || drawn.id == NO_ID;
  let id = select(drawn.id, 0u, bad);
  let logit = logits[id];
  var log_probability = 0.0;
  if (parameters.random != 0u) {
    let score = scores_of(vec4u(id), vec4f(logit)).x;
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

/** Where the ranking by score or by logit is to be cut. */
struct Cuts {
  /** The largest value, and the smallest that min-p leaves. */
  largest: f32,
  least: f32,
  /** Tokens; 0: all. */
  count: u32,
  /** Mass of the likeliest token: those that top-k leaves have 2³¹ at most, all of them that; 0 without top-p. */
  unit: f32,
}

fn cuts_of(kind: u32, all: Summary) -> Cuts {
  if (kind == BY_LOGIT) { return Cuts(all.raw.x, LOWEST, parameters.alternatives, 0.0); }
  let largest = all.scores.x;
  let share = select(all.scores.y, min(f32(parameters.top_k), all.scores.y), parameters.top_k != 0u);
  let unit = select(0.0, 2147483648.0 / share, parameters.has_top_p != 0u);
  return Cuts(largest, largest + parameters.min_p_distance, parameters.top_k, unit);
}

/**
 * Gathers what ranks before the first cut, and the rest of the bin where that is, out of the candidates. 0 when the cut is not
 * among the tokens that are known to rank first, or too far down for `near_…`. Call it in uniform control flow.
 */
fn gather(lane: u32, kind: u32, cuts: Cuts) -> u32 {
  let known = known_above(lane, kind);
  let lowest = value_of_key(known);
  let scale = bin_scale(cuts.largest, lowest);
  let fours = arrayLength(&candidates) / 4u;
  let unit = select(0.0, cuts.unit, cuts.count == 0u);
  clear_bins(lane);
  for (var i = lane; i < fours; i += LANES) {
    let values = bitcast<vec4f>(candidates[kind * fours + i]);
    let bins = select(vec4u(NO_BIN), linear_bins(values, cuts.largest, scale), values > vec4f(lowest));
    add_to_bins(bins, weights_of(values, cuts.largest, unit));
  }
  var wanted = cuts.count;
  if (wanted == 0u) { wanted = select(0xffffffffu, nucleus_target(WHOLE), unit > 0.0); }
  let found = find_bin(lane, wanted);
  // Where top-k does not need all of its tokens, min-p ends the search as well.
  let least_bin = linear_bins(vec4f(cuts.least), cuts.largest, scale).x;
  let least_ends = cuts.count == 0u && cuts.least > lowest && least_bin != NO_BIN;
  if (found.bin == NO_BIN && !least_ends && lowest > LOWEST) { return 0u; }
  var edge = select(found.bin, 0u, found.bin == NO_BIN);
  if (least_ends) { edge = max(edge, least_bin); }
  start_gathering(lane);
  for (var i = lane; i < fours; i += LANES) {
    let values = bitcast<vec4f>(candidates[kind * fours + i]);
    let bins = linear_bins(values, cuts.largest, scale);
    let taken = (values > vec4f(lowest)) & (bins != vec4u(NO_BIN)) & (bins >= vec4u(edge));
    if (any(taken)) { put_four(values, candidates[(2u + kind) * fours + i], taken); }
  }
  let count = count_gathered(lane);
  return select(count, 0u, count > NEAR);
}

/** Finds the cuts in the whole vocabulary. What they leave enters the race, or is gathered: then the result says how many. */
fn search_all(lane: u32, kind: u32, cuts: Cuts, runner: ptr<function, Summary>) -> u32 {
  let keys = race_keys(parameters.seed, state[0]);
  var limit = Place(0u, 0u);
  // By count, then by mass within that.
  for (var stage = 0u; stage < 2u; stage++) {
    let unit = select(0.0, cuts.unit, stage == 1u);
    let wanted = select(cuts.count, nucleus_target(WHOLE), stage == 1u);
    if (wanted == 0u || (stage == 1u && unit == 0.0)) { continue; }
    limit = cut_ranking(lane, kind, limit, cuts.largest, unit, wanted);
  }
  start_gathering(lane);
  for (var first = lane; first < parameters.sampleable; first += 4u * LANES) {
    let four = four_from(first, parameters.sampleable);
    let values = values_of(four, kind);
    let kept = four.drawable & (values >= vec4f(cuts.least)) & within(ordered_keys(values), id_keys(four.ids), limit);
    if (kind == BY_LOGIT) {
      put_four(values, four.ids, kept);
      continue;
    }
    if (kept.x) { enter(runner, four.ids.x, values.x, keys); }
    if (kept.y) { enter(runner, four.ids.y, values.y, keys); }
    if (kept.z) { enter(runner, four.ids.z, values.z, keys); }
    if (kept.w) { enter(runner, four.ids.w, values.w, keys); }
  }
  return count_gathered(lane);
}

/** The race among those of `near_…` that top-k, top-p and min-p leave. */
fn race_near(lane: u32, count: u32, cuts: Cuts, runner: ptr<function, Summary>) {
  let keys = race_keys(parameters.seed, state[0]);
  let first = select(count, min(count, cuts.count), cuts.count != 0u);
  for (var i = lane; i < first; i += LANES) { near_masses[i] = weights_of(vec4f(near_values[i]), cuts.largest, cuts.unit).x; }
  workgroupBarrier();
  for (var i = lane; i < first; i += LANES) {
    if (cuts.unit > 0.0) {
      var before = 0u;
      var sum = 0u;
      for (var j = 0u; j < first; j++) {
        before += select(0u, near_masses[j], j < i);
        sum += near_masses[j];
      }
      if (before >= nucleus_target(select(WHOLE, sum, cuts.count != 0u))) { continue; }
    }
    if (near_values[i] >= cuts.least) { enter(runner, near_ids[i], near_values[i], keys); }
  }
}

/** A token enters the race. */
fn enter(runner: ptr<function, Summary>, id: u32, score: f32, keys: vec2u) {
  (*runner).scores.y += exp(score - (*runner).scores.x);
  let rated = score + gumbel_noise(id, keys);
  if (rated > (*runner).best || (rated == (*runner).best && id < (*runner).id)) {
    (*runner).best = rated;
    (*runner).id = id;
  }
}

/** `near_…` as the alternatives. */
fn report(lane: u32, count: u32, raw_sum: f32) {
  for (var i = lane; i < parameters.alternatives; i += LANES) {
    var id = NO_ID;
    var log_probability = 0.0;
    if (i < count) {
      id = near_ids[i];
      log_probability = min(0.0, near_values[i] - raw_sum);
    }
    result[4u + 2u * i] = id;
    result[5u + 2u * i] = bitcast<u32>(log_probability);
  }
}
