// down_tiles: what down_slots does, for steps of many tokens: a workgroup takes 128 rows of weights and TILE slots of an expert.
// in  input, input_scales  activations of each slot (the slot tile's module)
// in  weight    [experts, tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  slots     (group_slots)
// out products  [tokens · choices, ROWS] f32
// slots: tile, tile_of, fragments, share, weights, weights_form, slot_tiles
// override ROWS (a multiple of 4); FIRST_EXPERT, EXPERTS, FIRST_TILE, TILES: what the buffer holds
// dispatch: x: ⌈TILES / 8⌉; y: tiles of slots
#import "tile"
#import "weights" for weight
#import "weights_form" for weight
#import "slot_tiles"
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read> slots: array<u32>;
@group(0) @binding(4) var<storage, read_write> products: array<vec4f>;
override ROWS: u32;
override FIRST_EXPERT: u32 = 0u;
override EXPERTS: u32;
override FIRST_TILE: u32 = 0u;
override TILES: u32;
var<private> entry: u32;
var<private> first_tile: u32;
var<private> expert: u32;

fn tile_block(fragment: u32, row: u32, block: u32) -> Block {
  let group = (expert * TILES + min(first_tile + fragment, TILES - 1u)) * GROUPS + block / 8u;
  return weight_block(group, row, block % 8u, weight_scales(group, row));
}

fn tile_row(t: u32) -> u32 { return present_slot(entry, t); }

fn store_four(t: u32, row: u32, first: vec4f, second: vec4f) {
  let slot = slot_in(entry, t);
  if (slot == NO_SLOT) { return; }
  for (var half = 0u; half < 2u; half++) {
    let within = first_tile * 16u + half * 64u + row;
    let to = FIRST_TILE * 16u + within;
    if (within >= TILES * 16u || to >= ROWS) { return; }
    products[(slot * ROWS + to) / 4u] = select(first, second, half == 1u);
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  entry = workgroup.y;
  first_tile = workgroup.x * 8u;
  let chosen = expert_in(workgroup.y) - FIRST_EXPERT;
  if (chosen >= EXPERTS) { return; }
  expert = chosen;
  multiply_tile(lane);
}
