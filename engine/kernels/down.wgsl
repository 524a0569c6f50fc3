// down: hidden[t] += Σ over the chosen experts j of weights[t, j] · (down of expert j · input[t, j]), residual included. A
// lane takes a row of each of two tiles of 16 and every SPLITS-th run of BLOCKS blocks of 32 columns of all its experts.
// in  input, input_scales  activations of each slot t · USED + j (shared/activations/input_*.wgsl)
// in  weight   [experts, tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  ids      [tokens, USED]
// in  shares   [tokens, USED] f32
// out hidden   [tokens, ROWS] f32
// slots: input, weights, weights_form
// override ROWS, USED, SPLITS, BLOCKS (divides 8); FIRST_EXPERT, EXPERTS, FIRST_TILE, TILES: what the buffer holds
// dispatch: x, z: ⌈TILES / 2⌉ folded; y: tokens
#import "input"
#import "weights" for weight
#import "weights_form" for weight
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read> ids: array<u32>;
@group(0) @binding(4) var<storage, read> shares: array<f32>;
@group(0) @binding(5) var<storage, read_write> hidden: array<f32>;
override ROWS: u32;
override USED: u32;
override SPLITS: u32 = 1u;
override BLOCKS: u32 = 8u;
override FIRST_EXPERT: u32 = 0u;
override EXPERTS: u32;
override FIRST_TILE: u32 = 0u;
override TILES: u32;

var<workgroup> shared_sums: array<vec2f, 16u * SPLITS>;

@compute @workgroup_size(16, SPLITS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  enter_input(lane.x);
  let tile = (workgroup.x + workgroup.z * workgroups.x) * 2u;
  if (tile >= TILES) { return; }
  let partner = min(tile + 1u, TILES - 1u);
  let token = workgroup.y;
  let runs = GROUPS * 8u / BLOCKS;
  var sums = vec2f(0.0);
  for (var work = lane.y; work < USED * runs; work += SPLITS) {
    let slot = token * USED + work / runs;
    let expert = ids[slot] - FIRST_EXPERT;
    if (expert >= EXPERTS) { continue; }
    let start = (work % runs) * BLOCKS;
    let first_group = (expert * TILES + tile) * GROUPS + start / 8u;
    let second_group = (expert * TILES + partner) * GROUPS + start / 8u;
    let first_scales = weight_scales(first_group, lane.x);
    let second_scales = weight_scales(second_group, lane.x);
    var run_sums = vec2f(0.0);
    for (var i = 0u; i < BLOCKS; i++) {
      let block = (start & 7u) + i;
      let first = weight_block(first_group, lane.x, block, first_scales);
      let second = weight_block(second_group, lane.x, block, second_scales);
      run_sums += dot_two(first, second, slot, start + i);
    }
    sums += shares[slot] * run_sums;
  }
  if (SPLITS > 1u) {
    shared_sums[lane.y * 16u + lane.x] = sums;
    workgroupBarrier();
    if (lane.y > 0u) { return; }
    for (var split = 1u; split < SPLITS; split++) { sums += shared_sums[split * 16u + lane.x]; }
  }
  for (var half = 0u; half < 2u; half++) {
    let row = (FIRST_TILE + tile + half) * 16u + lane.x;
    if (tile + half < TILES && row < ROWS) { hidden[token * ROWS + row] += select(sums.x, sums.y, half == 1u); }
  }
}
