// router_1token: logits = rms · (weight · (hidden ⊙ norm)), in f32. 2 rows a workgroup, LANES lanes each.
// Where the output projection cannot do it (residual_router_1token): before it, other kernels wrote hidden, or there are too many tiles.
// in  hidden  [COLUMNS] f32      in norm [COLUMNS] f32      in input_scales: sums (norm_scale.wgsl)
// in  weight  [tiles of 16 experts, groups of 256 columns] f32 (weightLayouts.ts: [64 fours][16 rows] 4 × f32)
// out logits  [EXPERTS] f32
// override EXPERTS, COLUMNS, NORM_WIDTH, EPSILON, LANES (a power of two)
// dispatch: ⌈EXPERTS / 2⌉ workgroups
#import "norm_scale"
@group(0) @binding(0) var<storage, read> hidden: array<vec4f>;
@group(0) @binding(1) var<storage, read> norm: array<vec4f>;
@group(0) @binding(2) var<storage, read> input_scales: array<vec4f>;
@group(0) @binding(3) var<storage, read> weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> logits: array<f32>;
override EXPERTS: u32;
override COLUMNS: u32;
override GROUPS: u32 = (COLUMNS + 255u) / 256u;
override LANES: u32 = 128;
var<workgroup> sums: array<f32, 2u * LANES>;

@compute @workgroup_size(2, LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let index = lane.y * 2u + lane.x;
  read_squares(index, 2u * LANES);
  let expert = workgroup.x * 2u + lane.x;
  let tile = expert / 16u * GROUPS * 1024u + expert % 16u;
  var sum = 0.0;
  for (var four = lane.y; four < COLUMNS / 4u; four += LANES) {
    sum += dot(weight[tile + four * 16u], hidden[four] * norm[four]);
  }
  sums[index] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane.y < half) { sums[index] += sums[index + 2u * half]; }
    workgroupBarrier();
  }
  if (lane.y == 0u && expert < EXPERTS) { logits[expert] = sums[lane.x] * norm_scale(); }
}
