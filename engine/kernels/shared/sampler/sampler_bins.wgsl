// A histogram of whole weights in workgroup memory, and where the weights from the highest bin down reach a number: what all
// searches for a cut in the ranking of tokens are made of. Imported after sampler_score.

const BINS = 256u;
const NO_BIN = 0xffffffffu;

struct Crossing {
  /** NO_BIN when all weights together are less than what was wanted. */
  bin: u32,
  /** What is still wanted of this bin. */
  left: u32,
}

var<workgroup> histogram: array<atomic<u32>, BINS>;
var<workgroup> lane_weights: array<u32, LANES>;
var<workgroup> group_weights: array<u32, 16>;
var<workgroup> crossing: Crossing;
var<workgroup> bin_sum: atomic<u32>;
var<workgroup> bin_sum_of_all: u32;

/** Call it in uniform control flow. */
fn clear_bins(lane: u32) {
  workgroupBarrier();
  for (var bin = lane; bin < BINS; bin += LANES) { atomicStore(&histogram[bin], 0u); }
  workgroupBarrier();
}

/** The highest bin at which its weight and those above reach `wanted` ≥ 1. Call it in uniform control flow. */
fn find_bin(lane: u32, wanted: u32) -> Crossing {
  workgroupBarrier();
  let bins_a_lane = BINS / LANES;
  // Lane 0 holds the highest bins.
  let top = BINS - lane * bins_a_lane;
  var own = 0u;
  for (var i = 1u; i <= bins_a_lane; i++) { own += atomicLoad(&histogram[top - i]); }
  lane_weights[lane] = own;
  workgroupBarrier();
  let lanes_a_group = LANES / 16u;
  if (lane < 16u) {
    var sum = 0u;
    for (var i = 0u; i < lanes_a_group; i++) { sum += lane_weights[lane * lanes_a_group + i]; }
    group_weights[lane] = sum;
  }
  workgroupBarrier();
  let group = lane / lanes_a_group;
  var before = 0u;
  var total = 0u;
  for (var other = 0u; other < 16u; other++) {
    let weight = group_weights[other];
    total += weight;
    before += select(0u, weight, other < group);
  }
  for (var other = group * lanes_a_group; other < lane; other++) { before += lane_weights[other]; }
  if (before < wanted && wanted <= before + own) {
    var left = wanted - before;
    var bin = top - 1u;
    loop {
      let weight = atomicLoad(&histogram[bin]);
      if (weight >= left) { break; }
      left -= weight;
      bin--;
    }
    crossing = Crossing(bin, left);
  } else if (lane == 0u && total < wanted) {
    crossing = Crossing(NO_BIN, 0u);
  }
  return workgroupUniformLoad(&crossing);
}

/** The weight of all bins. Call it in uniform control flow. */
fn sum_bins(lane: u32) -> u32 {
  if (lane == 0u) { atomicStore(&bin_sum, 0u); }
  workgroupBarrier();
  for (var bin = lane; bin < BINS; bin += LANES) { atomicAdd(&bin_sum, atomicLoad(&histogram[bin])); }
  workgroupBarrier();
  if (lane == 0u) { bin_sum_of_all = atomicLoad(&bin_sum); }
  return workgroupUniformLoad(&bin_sum_of_all);
}

/** For linear_bin: bins from `largest`, in the highest one, down to `least`. */
fn bin_scale(largest: f32, least: f32) -> f32 { return f32(BINS) / max(largest - least, 1e-30); }

/** NO_BIN for values below the lowest. Never rises where the value falls. */
fn linear_bins(values: vec4f, largest: f32, scale: f32) -> vec4u {
  let below = (vec4f(largest) - values) * scale;
  return select(vec4u(NO_BIN), vec4u(BINS - 1u) - vec4u(below), below < vec4f(f32(BINS)));
}

// Component by component: what is indexed by a variable lies in memory, on some GPUs and on SwiftShader.
fn add_to_bins(bins: vec4u, weights: vec4u) {
  if (bins.x != NO_BIN) { atomicAdd(&histogram[bins.x], weights.x); }
  if (bins.y != NO_BIN) { atomicAdd(&histogram[bins.y], weights.y); }
  if (bins.z != NO_BIN) { atomicAdd(&histogram[bins.z], weights.z); }
  if (bins.w != NO_BIN) { atomicAdd(&histogram[bins.w], weights.w); }
}
