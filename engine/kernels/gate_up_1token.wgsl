// gate_up_1token: silu(gate · x) ⊙ (up · x) of each chosen expert, x with its norm folded in, as int8 blocks for down. The
// experts are chosen here. 16 · SPLITS lanes a tile of 16 rows of gate and of up.
// in  input, input_scales  hidden ⊙ norm and its sums (shared/activations/row_int8.wgsl, norm_scale.wgsl)
// in  gate, up  [experts, tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  router_logits  of each expert, as slot logits says
// out quantized  [USED, BLOCKS_OUT] blocks of 16 of the products, then their scales (shared/activations/quantize_tile.wgsl); BLOCKS_OUT: of
//     a row of down's input, its groups of 256 filled up
// out ids     [USED]      out weights [USED] f32
// slots: gate, up: weights_*; choice: choose_experts (its logits: logits_words or logits_floats), or one_expert for a dense layer
// override TILES, BLOCKS_OUT, SCALES_AT, EXPERTS, USED, NORMALIZE, SCALE, NORM_WIDTH, EPSILON, SPLITS, BLOCKS (divides 8)
// dispatch: x: TILES; y: USED
#import "row_int8"
#import "join_splits"
#import "norm_scale"
#import "choice"
#import "quantize_tile"
#import "gate" for gate
#import "up" for up
#import "row_product" for gate
#import "row_product" for up
@group(0) @binding(2) var<storage, read> gate: array<vec4u>;
@group(0) @binding(3) var<storage, read> up: array<vec4u>;
@group(0) @binding(4) var<storage, read> router_logits: array<u32>;
@group(0) @binding(5) var<storage, read_write> quantized: array<u32>;
@group(0) @binding(6) var<storage, read_write> ids: array<u32>;
@group(0) @binding(7) var<storage, read_write> weights: array<f32>;
override TILES: u32;
override BLOCKS_OUT: u32;
var<workgroup> up_shares: array<f32, 16u * SPLITS>;

@compute @workgroup_size(16, SPLITS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let index = lane.y * 16u + lane.x;
  read_squares(index, 16u * SPLITS);
  choose_experts(index, 16u * SPLITS);
  let tile = workgroup.x;
  let slot = workgroup.y;
  let first_group = (chosen_id(slot) * TILES + tile) * GROUPS;
  up_shares[index] = up_product(first_group, lane.x, lane.y, 0u);
  let gates = join_splits(gate_product(first_group, lane.x, lane.y, 0u), lane.x, lane.y);
  if (lane.y == 0u) {
    var ups = 0.0;
    for (var i = 0u; i < SPLITS; i++) { ups += up_shares[i * 16u + lane.x]; }
    let scale = norm_scale();
    let scaled = gates * scale;
    tile_values[lane.x] = scaled / (1.0 + exp(-scaled)) * ups * scale;
  }
  workgroupBarrier();
  if (index == 0u) {
    store_tile(slot * BLOCKS_OUT + tile);
    if (tile == 0u) {
      ids[slot] = chosen_id(slot);
      weights[slot] = expert_weight(slot);
    }
  }
}
