// residual_1token: hidden += weight · input, and what the next norm's consumers need of it. 16 · SPLITS lanes a tile of 16 rows.
// in  input, input_scales  [GROUPS · 16] × 16 int8 (shared/activations/row_int8.wgsl)
// in  weight  [tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  norm    [ROWS] f32, of the next norm
// inout hidden [ROWS] f32
// out quantized  hidden ⊙ norm (shared/activations/fold_tile.wgsl)
// slots: weights
// override ROWS, SCALES_AT, SUMS_AT, SPLITS, BLOCKS (divides 8)
// dispatch: ⌈ROWS / 16⌉ workgroups
#import "row_int8"
#import "join_splits"
#import "fold_tile"
#import "weights" for weight
#import "row_product" for weight
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read> norm: array<f32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> quantized: array<u32>;
override ROWS: u32;

@compute @workgroup_size(16, SPLITS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let row = workgroup.x * 16u + lane.x;
  let there = lane.y == 0u && row < ROWS;
  var value = 0.0;
  var norm_weight = 0.0;
  if (there) {
    value = hidden[row];
    norm_weight = norm[row];
  }
  value += join_splits(weight_product(workgroup.x * GROUPS, lane.x, lane.y, 0u), lane.x, lane.y);
  if (there) { hidden[row] = value; }
  if (lane.y == 0u) { put_tile(lane.x, select(0.0, value, there), norm_weight); }
  workgroupBarrier();
  if (lane.x == 0u && lane.y == 0u) { fold_tile(workgroup.x); }
}
