// project_1token: output = rms · (weight · input) for one to three matrices of one input whose norm is folded in (q, k and v in
// one launch; the head alone). 16 · SPLITS lanes a tile of 16 rows; a lane takes one row.
// in  input, input_scales  hidden ⊙ norm and its sums (shared/activations/row_int8.wgsl, norm_scale.wgsl)
// in  first, second, third [tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// out output  [STRIDE] f32, at FIRST_COLUMN, SECOND_COLUMN, THIRD_COLUMN
// slots: first, second, third: weights_*
// override *_ROWS (0: not there; its binding repeats first), *_COLUMN, NORM_WIDTH, EPSILON, SPLITS, BLOCKS (divides 8)
// dispatch: x, z: tiles of all matrices, folded
#import "row_int8"
#import "join_splits"
#import "norm_scale"
#import "first" for first
#import "second" for second
#import "third" for third
#import "row_product" for first
#import "row_product" for second
#import "row_product" for third
@group(0) @binding(2) var<storage, read> first: array<vec4u>;
@group(0) @binding(3) var<storage, read> second: array<vec4u>;
@group(0) @binding(4) var<storage, read> third: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
override FIRST_ROWS: u32;
override SECOND_ROWS: u32 = 0u;
override THIRD_ROWS: u32 = 0u;
override FIRST_COLUMN: u32 = 0u;
override SECOND_COLUMN: u32 = 0u;
override THIRD_COLUMN: u32 = 0u;
override FIRST_TILES: u32 = (FIRST_ROWS + 15u) / 16u;
override SECOND_TILES: u32 = (SECOND_ROWS + 15u) / 16u;
override THIRD_TILES: u32 = (THIRD_ROWS + 15u) / 16u;

@compute @workgroup_size(16, SPLITS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  read_squares(lane.y * 16u + lane.x, 16u * SPLITS);
  var tile = workgroup.x + workgroup.z * workgroups.x;
  var share = 0.0;
  var row = 0u;
  var rows = 0u;
  var column = 0u;
  if (tile < FIRST_TILES) {
    share = first_product(tile * GROUPS, lane.x, lane.y, 0u);
    row = tile * 16u + lane.x;
    rows = FIRST_ROWS;
    column = FIRST_COLUMN;
  } else if (tile < FIRST_TILES + SECOND_TILES) {
    tile -= FIRST_TILES;
    share = second_product(tile * GROUPS, lane.x, lane.y, 0u);
    row = tile * 16u + lane.x;
    rows = SECOND_ROWS;
    column = SECOND_COLUMN;
  } else if (tile < FIRST_TILES + SECOND_TILES + THIRD_TILES) {
    tile -= FIRST_TILES + SECOND_TILES;
    share = third_product(tile * GROUPS, lane.x, lane.y, 0u);
    row = tile * 16u + lane.x;
    rows = THIRD_ROWS;
    column = THIRD_COLUMN;
  }
  let sum = join_splits(share, lane.x, lane.y);
  if (lane.y == 0u && row < rows) { output[column + row] = sum * norm_scale(); }
}
