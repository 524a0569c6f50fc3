// down_slots: products[s] = down of the expert of slot s · input[s], for steps of many tokens; sum_slots adds them up. A lane
// takes a row of each of two tiles of 16, every SPLITS-th run of BLOCKS blocks of 32 columns, and the slots of an entry.
// in  input, input_scales  activations of each slot (shared/activations/input_*.wgsl)
// in  weight    [experts, tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  slots     [entries, 5] (group_slots)
// out products  [tokens · choices, ROWS] f32
// slots: input, weights, weights_form, token_tile, slots
// override ROWS, SPLITS, BLOCKS (divides 8); FIRST_EXPERT, EXPERTS, FIRST_TILE, TILES: what the buffer holds
// dispatch: x, z: ⌈TILES / 2⌉ folded; y: entries
#import "input"
#import "weights" for weight
#import "weights_form" for weight
#import "token_tile"
#import "row_pair"
#import "slots"
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read> slots: array<u32>;
@group(0) @binding(4) var<storage, read_write> products: array<f32>;
override ROWS: u32;
override USED: u32 = 1u; // rows of input are slots, not tokens
override FIRST_EXPERT: u32 = 0u;
override EXPERTS: u32;
override FIRST_TILE: u32 = 0u;
override TILES: u32;

@compute @workgroup_size(16, SPLITS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  enter_input(lane.x);
  let tile = (workgroup.x + workgroup.z * workgroups.x) * 2u;
  let partner = min(tile + 1u, TILES - 1u);
  let expert = expert_of(workgroup.y) - FIRST_EXPERT;
  var sums = Sums();
  // Not a return: a barrier follows, and WGSL cannot see that the expert is the same for all lanes.
  if (tile < TILES && expert < EXPERTS) {
    sums = pair_sums(expert * TILES + tile, expert * TILES + partner, tokens_of(workgroup.y), lane);
  }
  sums = sum_splits(sums, lane);
  if (lane.y > 0u) { return; }
  if (expert >= EXPERTS) { return; }
  for (var t = 0u; t < TOKENS; t++) {
    let slot = slot_of(workgroup.y, t);
    let found = sums_of(sums, t);
    for (var half = 0u; half < 2u; half++) {
      let row = (FIRST_TILE + tile + half) * 16u + lane.x;
      if (slot != NO_SLOT && tile + half < TILES && row < ROWS) {
        products[slot * ROWS + row] = select(found.x, found.y, half == 1u);
      }
    }
  }
}
