// down: hidden[t] += Σ over the chosen experts j of weights[t, j] · (down of expert j · input[t, j]), residual included. A
// lane takes one row of a tile of 16 and every SPLITS-th run of BLOCKS blocks of 32 columns, all experts one after another.
// in  input, input_scales  activations of each slot t · USED + j (shared/input_*.wgsl)
// in  weight   [experts, tiles of 16 rows, groups of 256 columns] (shared/weights_*.wgsl)
// in  ids      [tokens, USED]
// in  shares   [tokens, USED] f32
// out hidden   [tokens, ROWS] f32
// slots: input, weights, weights_form
// override ROWS, USED, SPLITS, BLOCKS (divides 8); FIRST_EXPERT, EXPERTS, FIRST_TILE, TILES: what the buffer holds
// dispatch: x, z: TILES folded; y: tokens
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

var<workgroup> sums: array<f32, 16u * SPLITS>;

@compute @workgroup_size(16, SPLITS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  let tile = workgroup.x + workgroup.z * workgroups.x;
  if (tile >= TILES) { return; }
  let token = workgroup.y;
  let runs = GROUPS * 8u / BLOCKS;
  var acc = 0.0;
  for (var work = lane.y; work < USED * runs; work += SPLITS) {
    let slot = token * USED + work / runs;
    let expert = ids[slot] - FIRST_EXPERT;
    if (expert >= EXPERTS) { continue; }
    let first = (work % runs) * BLOCKS;
    let group = (expert * TILES + tile) * GROUPS + first / 8u;
    let scales = weight_scales(group, lane.x);
    var sum = 0.0;
    for (var i = 0u; i < BLOCKS; i++) {
      sum += dot_block(weight_block(group, lane.x, (first & 7u) + i, scales), slot, first + i);
    }
    acc += shares[slot] * sum;
  }
  if (SPLITS > 1u) {
    sums[lane.y * 16u + lane.x] = acc;
    workgroupBarrier();
    if (lane.y > 0u) { return; }
    for (var split = 1u; split < SPLITS; split++) { acc += sums[split * 16u + lane.x]; }
  }
  let row = (FIRST_TILE + tile) * 16u + lane.x;
  if (row < ROWS) { hidden[token * ROWS + row] += acc; }
}
