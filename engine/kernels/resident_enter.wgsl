// resident_enter: a token's way into the resident layers: clears the words of the token before, and puts the hidden state there
// as the first layer wants it.
// in    hidden    [HIDDEN] f32
// in    norms     of the first layer's attention, [HIDDEN] first
// inout exchange  (resident_layers.wgsl)
// slots: lanes
// dispatch: ⌈HIDDEN / 16⌉ workgroups at least
#import "packed_block"
#import "resident_words"
#import "lanes"
@group(0) @binding(0) var<storage, read> hidden: array<f32>;
@group(0) @binding(1) var<storage, read> norms: array<f32>;
@group(0) @binding(2) var<storage, read_write> exchange: array<atomic<u32>, EXCHANGE_WORDS>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var i = CLEARED_AT + id.x * LANES + lane; i < EXCHANGE_WORDS; i += workgroups.x * LANES) { atomicStore(&exchange[i], 0u); }
  let tile = id.x;
  let column = tile * 16u + lane;
  let there = lane < 16u && tile < TILES;
  var value = 0.0;
  var normed = 0.0;
  if (there) {
    value = hidden[column];
    normed = value * norms[column];
  }
  show_tiles(lane, normed, value * value);
  if (lane >= max(16u, SUBGROUP)) { return; }
  let stored = tile_block(lane, normed);
  let square = tile_sum(lane, value * value);
  if (!there) { return; }
  if (lane < BLOCK_WORDS) { put_block_word(HIDDEN_AT, TILES, tile, stored, lane, tag_before(0u)); }
  if (lane == BLOCK_WORDS) { put_float(SQUARES_AT + tile, square, tag_before(0u)); }
  atomicStore(&exchange[OWN_AT + column], bitcast<u32>(value));
}
