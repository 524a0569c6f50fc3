// sample_repeats: what the last tokens of prompt and answer cost: counts within the windows of the penalties, and what DRY
// subtracts from tokens that would extend a repeat (spec 5.2). Runs before sample_scan, only where one of them is on.
// in    state       word 1: tokens so far; from word HISTORY on their ids
// in    table       [longest repeat − allowed length + 1] f32: what DRY subtracts, by length
// in    breakers    [⌈vocabulary / 32⌉] u32: a bit for each token that ends repeats
// inout counts      [vocabulary] u32, see IN_PROMPT (here: within the repetition window)
// inout adjustments [2, vocabulary] f32 as bits: the second row is written
// uniform parameters
// override LANES
// one workgroup in all: the steps wait for one another
#import "sampler_score"

@group(0) @binding(0) var<storage, read> state: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> breakers: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> adjustments: array<atomic<u32>>;
@group(0) @binding(5) var<uniform> parameters: SamplerParameters;

/** Tokens after the newest breaker. */
var<workgroup> reach: atomic<u32>;

fn token_at(index: u32) -> u32 { return state[HISTORY + index]; }

fn ends_repeats(id: u32) -> bool { return (breakers[id / 32u] & (1u << (id % 32u))) != 0u; }

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let length = state[1];
  if (parameters.windowed != 0u) { count_windows(lane, length); }
  if (parameters.dry_allowed == 0u) { return; }

  let window = min(length, parameters.dry_window);
  let first = length - window;
  // The token before the window was in that of the last step.
  for (var i = max(first, 1u) - 1u + lane; i < length; i += LANES) {
    atomicStore(&adjustments[parameters.vocabulary + token_at(i)], 0u);
  }
  if (lane == 0u) { atomicStore(&reach, window); }
  storageBarrier();
  workgroupBarrier();
  for (var back = lane; back < window; back += LANES) {
    if (ends_repeats(token_at(length - 1u - back))) {
      atomicMin(&reach, back);
      break;
    }
  }
  workgroupBarrier();
  // Beyond the longest repeat nothing costs more.
  let most = min(atomicLoad(&reach), parameters.dry_allowed + arrayLength(&table) - 1u);
  if (most < parameters.dry_allowed) { return; }
  for (var back = 1u + lane; back < window; back += LANES) {
    var same = 0u;
    while (same < most && back + same < window && token_at(length - 1u - same) == token_at(length - 1u - back - same)) {
      same++;
    }
    let next = token_at(length - back);
    if (same < parameters.dry_allowed || ends_repeats(next)) { continue; }
    // Bits of numbers that are not negative order as the numbers do.
    atomicMax(&adjustments[parameters.vocabulary + next], bitcast<u32>(table[same - parameters.dry_allowed]));
  }
}

fn count_windows(lane: u32, length: u32) {
  let repetition = length - min(length, parameters.repetition_window);
  let presence = length - min(length, parameters.presence_window);
  for (var i = max(min(repetition, presence), 1u) - 1u + lane; i < length; i += LANES) {
    atomicStore(&counts[token_at(i)], 0u);
  }
  storageBarrier();
  workgroupBarrier();
  for (var i = repetition + lane; i < length; i += LANES) { atomicOr(&counts[token_at(i)], IN_PROMPT); }
  for (var i = max(presence, parameters.prompt_length) + lane; i < length; i += LANES) {
    atomicAdd(&counts[token_at(i)], 1u);
  }
}
