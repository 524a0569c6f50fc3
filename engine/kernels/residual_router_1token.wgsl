// residual_router_1token: residual_1token before experts, and its part of the router: each tile adds what its 16 columns of hidden ⊙ norm
// are of every expert's logit. 16 · SPLITS lanes a tile of 16 rows; then a lane an expert.
// in  input, input_scales  [GROUPS · 16] × 16 int8 (shared/activations/row_int8.wgsl)
// in  weight  [tiles of 16 rows, groups of 256 columns] (shared/weights/weights_*.wgsl)
// in  norm    [ROWS] f32, of the experts' norm
// inout hidden [ROWS] f32
// out quantized  hidden ⊙ norm (shared/activations/fold_tile.wgsl)
// in  router  [tiles of 16 experts, groups of 256 of ROWS columns] f32 (weightLayouts.ts: [64 fours][16 rows] 4 × f32)
// inout logit_words  of EXPERTS logits, 0 before (shared/experts/router_words.wgsl); down_1token empties them again
// slots: weights
// override ROWS, EXPERTS, SCALES_AT, SUMS_AT, SPLITS, BLOCKS (divides 8)
// dispatch: ⌈ROWS / 16⌉ workgroups, 255 at most
#import "row_int8"
#import "join_splits"
#import "fold_tile"
#import "router_words"
#import "weights" for weight
#import "row_product" for weight
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;
@group(0) @binding(3) var<storage, read> norm: array<f32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> quantized: array<u32>;
@group(0) @binding(6) var<storage, read> router: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> logit_words: array<atomic<u32>>;
override ROWS: u32;
override EXPERTS: u32;
override ROUTER_GROUPS: u32 = (ROWS + 255u) / 256u;
override LANES: u32 = 16u * SPLITS;

// An expert's weights of the tile's columns.
fn router_fours(expert: u32, tile: u32) -> array<vec4f, 4> {
  let at = (expert / 16u * ROUTER_GROUPS + tile / 16u) * 1024u + tile % 16u * 64u + expert % 16u;
  return array(router[at], router[at + 16u], router[at + 32u], router[at + 48u]);
}

// After a barrier behind put_tile.
fn add_share(expert: u32, fours: array<vec4f, 4>) {
  let words = share_words(dot(fours[0], tile_four(0u)) + dot(fours[1], tile_four(1u))
    + dot(fours[2], tile_four(2u)) + dot(fours[3], tile_four(3u)));
  let at = logit_place(expert);
  atomicAdd(&logit_words[at], words.x);
  atomicAdd(&logit_words[at + LINE_WORDS], words.y);
  atomicAdd(&logit_words[at + 2u * LINE_WORDS], words.z);
}

@compute @workgroup_size(16, SPLITS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let tile = workgroup.x;
  let row = tile * 16u + lane.x;
  let there = lane.y == 0u && row < ROWS;
  // From the last lane on, because the first one has the tile to quantise; their weights come while the product is made.
  let expert = LANES - 1u - (lane.y * 16u + lane.x);
  let fours = router_fours(min(expert, EXPERTS - 1u), tile);
  var value = 0.0;
  var norm_weight = 0.0;
  if (there) {
    value = hidden[row];
    norm_weight = norm[row];
  }
  value += join_splits(weight_product(tile * GROUPS, lane.x, lane.y, 0u), lane.x, lane.y);
  if (there) { hidden[row] = value; }
  if (lane.y == 0u) { put_tile(lane.x, select(0.0, value, there), norm_weight); }
  workgroupBarrier();
  if (lane.x == 0u && lane.y == 0u) { fold_tile(tile); }
  if (expert < EXPERTS) { add_share(expert, fours); }
  for (var other = expert + LANES; other < EXPERTS; other += LANES) { add_share(other, router_fours(other, tile)); }
}
