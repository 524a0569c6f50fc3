// matmul: output[t, COLUMN + r] (+)= weight[r] · input[t]. A lane takes a row of each of two tiles of 16 (so that it loads
// activations once for both), every SPLITS-th run of BLOCKS blocks of 32 columns, and TOKENS tokens at a time.
// in  input, input_scales  activations (shared/activations/input_*.wgsl)
// in  weight  [tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// out output  [tokens, STRIDE] f32
// slots: input, weights, weights_form, token_tile
// override ROWS, STRIDE, COLUMN, ACCUMULATE, SPLITS, BLOCKS (divides 8)
// dispatch: x, z: ⌈ROWS / 32⌉ folded; y: ⌈tokens / TOKENS⌉
#import "input"
#import "weights" for weight
#import "weights_form" for weight
#import "token_tile"
#import "row_pair"
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
override ROWS: u32;
override STRIDE: u32;
override COLUMN: u32 = 0u;
override ACCUMULATE: bool = false;

@compute @workgroup_size(16, SPLITS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  enter_input(lane.x);
  let tile = (workgroup.x + workgroup.z * workgroups.x) * 2u;
  if (tile * 16u >= ROWS) { return; }
  // The last tile has no partner where their number is odd.
  let partner = min(tile + 1u, (ROWS - 1u) / 16u);
  let rows = rows_from(workgroup.y * TOKENS);
  let sums = sum_splits(pair_sums(tile, partner, rows, lane), lane);
  if (lane.y > 0u) { return; }
  for (var t = 0u; t < TOKENS; t++) {
    let found = sums_of(sums, t);
    for (var half = 0u; half < 2u; half++) {
      let row = (tile + half) * 16u + lane.x;
      if (row < ROWS) {
        let at = row_of(rows, t) * STRIDE + COLUMN + row;
        output[at] = select(found.x, found.y, half == 1u) + select(0.0, output[at], ACCUMULATE);
      }
    }
  }
}
