// gate_up: output[s] = silu(gate · input) * (up · input) of the expert of slot s (slot = token · USED + choice). A lane
// takes one row of a tile of 16 and every SPLITS-th run of BLOCKS blocks of 32 columns, for TOKENS slots at a time.
// in  input, input_scales  activations of each token (shared/activations/input_*.wgsl)
// in  gate, up  [experts, tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  slots     see shared/experts/slots_*.wgsl; not used without experts
// out output    [tokens · USED, ROWS] f32
// slots: input, gate, gate_form, up, up_form, token_tile, slots
// override ROWS, USED, SPLITS, BLOCKS (divides 8); FIRST_EXPERT, EXPERTS, FIRST_TILE, TILES: what this dispatch covers;
//   GATE_*, UP_*: where in its buffer it starts, in tiles, and tiles from one expert to the next
// dispatch: x, z: TILES folded; y: entries of slots
#import "input"
#import "gate" for gate
#import "gate_form" for gate
#import "up" for up
#import "up_form" for up
#import "token_tile"
#import "split_sums"
#import "slots"
@group(0) @binding(2) var<storage, read> gate: array<vec4u>;
@group(0) @binding(3) var<storage, read> up: array<vec4u>;
@group(0) @binding(4) var<storage, read> slots: array<u32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
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

@compute @workgroup_size(16, SPLITS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  enter_input(lane.x);
  let tile = workgroup.x + workgroup.z * workgroups.x;
  let expert = expert_of(workgroup.y) - FIRST_EXPERT;
  var sums = Sums();
  // Not a return: a barrier follows, and WGSL cannot see that the expert is the same for all lanes.
  if (tile < TILES && expert < EXPERTS) {
    let rows = tokens_of(workgroup.y);
    for (var run = lane.y; run < GROUPS * 8u / BLOCKS; run += SPLITS) {
      let start = run * BLOCKS;
      let gate_group = (GATE_START + expert * GATE_TILES + tile) * GROUPS + start / 8u;
      let up_group = (UP_START + expert * UP_TILES + tile) * GROUPS + start / 8u;
      let gate_scale = gate_scales(gate_group, lane.x);
      let up_scale = up_scales(up_group, lane.x);
      for (var i = 0u; i < BLOCKS; i++) {
        let block = (start & 7u) + i;
        let gates = gate_block(gate_group, lane.x, block, gate_scale);
        let ups = up_block(up_group, lane.x, block, up_scale);
        sums += dot_rows(gates, ups, rows, start + i);
      }
    }
  }
  sums = sum_splits(sums, lane);
  if (lane.y > 0u) { return; }
  let row = (FIRST_TILE + tile) * 16u + lane.x;
  if (tile >= TILES || expert >= EXPERTS || row >= ROWS) { return; }
  for (var t = 0u; t < TOKENS; t++) {
    let slot = slot_of(workgroup.y, t);
    let found = sums_of(sums, t);
    if (slot != NO_SLOT) { output[slot * ROWS + row] = found.x / (1.0 + exp(-found.x)) * found.y; }
  }
}
