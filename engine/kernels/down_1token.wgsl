// down_1token: hidden += Σ over the chosen experts of weight · (down · input), and what the next norm's consumers need of it.
// 16 · SPLITS lanes a tile of 16 rows; a lane takes one row and every SPLITS-th run of blocks of all experts.
// in  input, input_scales  [USED, GROUPS · 16] × 16 int8 (shared/activations/row_int8.wgsl)
// in  weight  [experts, tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  chosen  [USED] ids, then from word SHARES_AT on [USED] f32, as bits
// in  norm    [ROWS] f32, of the next norm
// inout hidden [ROWS] f32
// out quantized  hidden ⊙ norm (shared/activations/fold_tile.wgsl)
// out logit_words  [EMPTIED] zeros, for the next layer's residual_router_1token
// slots: weights
// override ROWS, USED, SHARES_AT, EMPTIED (0: none), SCALES_AT, SUMS_AT, SPLITS, BLOCKS (divides 8)
// dispatch: ⌈ROWS / 16⌉ workgroups
#import "row_int8"
#import "join_splits"
#import "fold_tile"
#import "weights" for weight
#import "experts_sum" for weight
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read> chosen: array<u32>;
@group(0) @binding(4) var<storage, read> norm: array<f32>;
@group(0) @binding(5) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(6) var<storage, read_write> quantized: array<u32>;
@group(0) @binding(7) var<storage, read_write> logit_words: array<u32>;
override ROWS: u32;
override USED: u32;
override SHARES_AT: u32;
override EMPTIED: u32;
override TILES: u32 = (ROWS + 15u) / 16u;

fn slot_id(slot: u32) -> u32 { return chosen[slot]; }
fn slot_share(slot: u32) -> f32 { return bitcast<f32>(chosen[SHARES_AT + slot]); }

@compute @workgroup_size(16, SPLITS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let tile = workgroup.x;
  let row = tile * 16u + lane.x;
  let there = lane.y == 0u && row < ROWS;
  var value = 0.0;
  var norm_weight = 0.0;
  if (there) {
    value = hidden[row];
    norm_weight = norm[row];
  }
  for (var i = (tile * SPLITS + lane.y) * 16u + lane.x; i < EMPTIED; i += TILES * SPLITS * 16u) { logit_words[i] = 0u; }
  let share = weight_experts(0u, tile, TILES, GROUPS, USED, lane.x, lane.y);
  value += join_splits(share, lane.x, lane.y);
  if (there) { hidden[row] = value; }
  if (lane.y == 0u) { put_tile(lane.x, select(0.0, value, there), norm_weight); }
  workgroupBarrier();
  if (lane.x == 0u && lane.y == 0u) { fold_tile(tile); }
}
