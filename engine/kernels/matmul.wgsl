// matmul: output[t, COLUMN + r] (+)= weight[r] · input[t]. A lane takes one row of a tile of 16 and every SPLITS-th run of
// BLOCKS blocks of 32 columns, for TOKENS tokens at a time.
// in  input, input_scales  activations (shared/input_*.wgsl)
// in  weight  [tiles of 16 rows, groups of 256 columns] (shared/weights_*.wgsl)
// out output  [tokens, STRIDE] f32
// slots: input, weights, weights_form, token_tile
// override ROWS, STRIDE, COLUMN, ACCUMULATE, SPLITS, BLOCKS (divides 8)
// dispatch: x, z: ⌈ROWS / 16⌉ folded; y: ⌈tokens / TOKENS⌉
#import "input"
#import "weights" for weight
#import "weights_form" for weight
#import "token_tile"
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
override ROWS: u32;
override STRIDE: u32;
override COLUMN: u32 = 0u;
override ACCUMULATE: bool = false;
override SPLITS: u32 = 1u;
override BLOCKS: u32 = 8u;

var<workgroup> sums: array<array<f32, TOKENS>, 16u * SPLITS>;

@compute @workgroup_size(16, SPLITS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  let tile = workgroup.x + workgroup.z * workgroups.x;
  if (tile * 16u >= ROWS) { return; }
  let token = workgroup.y * u32(TOKENS);
  var acc: array<f32, TOKENS>;
  for (var run = lane.y; run < GROUPS * 8u / BLOCKS; run += SPLITS) {
    let first = run * BLOCKS;
    let group = tile * GROUPS + first / 8u;
    let scales = weight_scales(group, lane.x);
    for (var i = 0u; i < BLOCKS; i++) {
      let block = weight_block(group, lane.x, (first & 7u) + i, scales);
      for (var t = 0u; t < u32(TOKENS); t++) { acc[t] += dot_block(block, token + t, first + i); }
    }
  }
  if (SPLITS > 1u) {
    sums[lane.y * 16u + lane.x] = acc;
    workgroupBarrier();
    if (lane.y > 0u) { return; }
    for (var split = 1u; split < SPLITS; split++) {
      for (var t = 0u; t < u32(TOKENS); t++) { acc[t] += sums[split * 16u + lane.x][t]; }
    }
  }
  let row = tile * 16u + lane.x;
  if (row >= ROWS) { return; }
  for (var t = 0u; t < u32(TOKENS); t++) {
    let at = (token + t) * STRIDE + COLUMN + row;
    output[at] = acc[t] + select(0.0, output[at], ACCUMULATE);
  }
}
