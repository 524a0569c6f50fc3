// gate_up_tiles: what gate_up does, for steps of many tokens: a workgroup takes 64 rows of gate, the same of up, and TILE slots
// of one expert (or tokens, without experts).
// in  input, input_scales  activations of each token (the slot tile's module)
// in  gate, up  [experts, tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  slots     see shared/tiles/slot_tiles_*.wgsl
// out output    [tokens · USED, ROWS], f32 or halves (slot products: shared/tiles/products_*.wgsl)
// slots: tile, tile_of, fragments, share, gate, gate_form, up, up_form, slot_tiles, products
// override ROWS (a multiple of 4), USED; FIRST_EXPERT, EXPERTS, FIRST_TILE, TILES: what this dispatch covers;
//   GATE_*, UP_*: where in its buffer it starts, in tiles, and tiles from one expert to the next
// dispatch: x: ⌈TILES / 4⌉; y: tiles of slots
#import "tile"
#import "gate" for gate
#import "gate_form" for gate
#import "up" for up
#import "up_form" for up
#import "slot_tiles"
#import "products"
@group(0) @binding(2) var<storage, read> gate: array<vec4u>;
@group(0) @binding(3) var<storage, read> up: array<vec4u>;
@group(0) @binding(4) var<storage, read> slots: array<u32>;
override ROWS: u32;
override USED: u32 = 1u;
override FIRST_EXPERT: u32 = 0u;
override EXPERTS: u32;
override FIRST_TILE: u32 = 0u;
override TILES: u32;
override GATE_START: u32 = 0u;
override GATE_TILES: u32;
override UP_START: u32 = 0u;
override UP_TILES: u32;
var<private> entry: u32;
var<private> first_tile: u32;
var<private> expert: u32;

fn tile_block(fragment: u32, row: u32, block: u32) -> Block {
  let tile = min(first_tile + fragment % 4u, TILES - 1u);
  if (fragment < 4u) {
    let group = (GATE_START + expert * GATE_TILES + tile) * GROUPS + block / 8u;
    return gate_block(group, row, block % 8u, gate_scales(group, row));
  }
  let group = (UP_START + expert * UP_TILES + tile) * GROUPS + block / 8u;
  return up_block(group, row, block % 8u, up_scales(group, row));
}

fn tile_row(t: u32) -> u32 { return present_slot(entry, t) / USED; }

fn store_four(t: u32, row: u32, first: vec4f, second: vec4f) {
  let slot = slot_in(entry, t);
  let tile = first_tile + row / 16u;
  let to = (FIRST_TILE + first_tile) * 16u + row;
  if (slot == NO_SLOT || tile >= TILES || to >= ROWS) { return; }
  store_product(slot, to, first / (1.0 + exp(-first)) * second);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  entry = workgroup.y;
  first_tile = workgroup.x * 4u;
  let chosen = expert_in(workgroup.y) - FIRST_EXPERT;
  if (chosen >= EXPERTS) { return; }
  expert = chosen;
  multiply_tile(lane);
}
