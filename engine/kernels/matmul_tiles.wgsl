// matmul_tiles: what matmul does, for steps of many tokens: a workgroup takes 128 rows of weights and TILE rows of input.
// in  input, input_scales  activations (the slot tile's module)
// in  weight  [tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// out output  [tokens, STRIDE] f32
// slots: tile, tile_of, fragments, share, weights, weights_form
// override ROWS (a multiple of 4), STRIDE, COLUMN (likewise), ACCUMULATE
// dispatch: x: ⌈ROWS / 128⌉; y: ⌈tokens / TILE⌉
#import "tile"
#import "weights" for weight
#import "weights_form" for weight
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4f>;
override ROWS: u32;
override STRIDE: u32;
override COLUMN: u32 = 0u;
override ACCUMULATE: bool = false;
var<private> first_tile: u32;
var<private> first_token: u32;

fn tile_block(fragment: u32, row: u32, block: u32) -> Block {
  let group = min(first_tile + fragment, (ROWS - 1u) / 16u) * GROUPS + block / 8u;
  return weight_block(group, row, block % 8u, weight_scales(group, row));
}

fn tile_row(t: u32) -> u32 { return first_token + t; }

fn store_four(t: u32, row: u32, first: vec4f, second: vec4f) {
  let token = first_token + t;
  // Tensors have no room for a whole tile after the last token.
  if ((token + 1u) * (STRIDE / 4u) > arrayLength(&output)) { return; }
  for (var half = 0u; half < 2u; half++) {
    let to = first_tile * 16u + half * 64u + row;
    if (to >= ROWS) { return; }
    let at = (token * STRIDE + COLUMN + to) / 4u;
    output[at] = select(first, second, half == 1u) + select(vec4f(), output[at], ACCUMULATE);
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  first_tile = workgroup.x * 8u;
  first_token = workgroup.y * TILE;
  multiply_tile(lane);
}
