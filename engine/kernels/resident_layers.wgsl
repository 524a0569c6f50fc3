// resident_layers: several whole layers for one token in one dispatch. WORKGROUPS workgroups stay for all of it and hand activations
// to each other through tagged words (shared/resident/resident_words.wgsl), so all of them must run at the same time, which WGSL does not
// promise: looks are bounded, and word 0 of the exchange says that the dispatch gave up. With a range of one layer and one phase
// the same code needs no such promise. The constants (gpu/resident/shape.ts) are written before this text.
// inout exchange  atomic words: 0: gave up; *_AT: where each kind of activation begins
// in    dense     q, k, v, output, router of the layers     in experts: gate, up     in down (shared/weights/weights_*.wgsl)
// inout kv        keys and values of the layers, [context, KV_HEADS, HEAD_DIM] of f16 each
// in    rope      [context, HEAD_DIM / 2] f32 cos, then from SIN_AT on sin
// in    step      position of the token in word 0
// in    norms     [layers, attention HIDDEN, experts HIDDEN, q HEAD_DIM, k HEAD_DIM], then that of the head
// out   record    ids and weights of the chosen experts of each layer
// out   folded    after the model's last layer: hidden ⊙ norm of the head (shared/activations/fold_tile.wgsl)
// in    table     what lies where, for each layer of the buffers
// in    range     first layer of the buffers, end; first phase, end
// slots: first, second: weights_* of the two types that the layers may have; lanes: for the size of subgroups
// dispatch: WORKGROUPS
#import "packed_block"
#import "int8_products"
#import "resident_words"
#import "lanes"
#import "first" for dense_first in dense
#import "second" for dense_second in dense
#import "first" for experts_first in experts
#import "second" for experts_second in experts
#import "first" for down_first in down
#import "second" for down_second in down
#import "row_turns" for dense_first
#import "row_turns" for dense_second
#import "row_turns" for experts_first
#import "row_turns" for experts_second
#import "experts_sum" for down_first
#import "experts_sum" for down_second
#import "resident_router"
#import "resident_choose"
#import "resident_rows"
#import "resident_splits"
#import "resident_attention"
#import "resident_experts"
// Where a layer's matrices begin in their buffers, in groups of 256 columns of a tile (router: of f32 ones); `second`: a bit for
// each of q, k, v, output, gate, up, down that is of the second type; keys, values in 8 bytes; record, norms in words.
struct Layer {
  number: u32, q: u32, k: u32, v: u32,
  output: u32, router: u32, gate: u32, up: u32,
  down: u32, second: u32, keys: u32, values: u32,
  record: u32, norms: u32, spare: vec2u,
}
@group(0) @binding(0) var<storage, read_write> exchange: array<atomic<u32>, EXCHANGE_WORDS>;
@group(0) @binding(1) var<storage, read> dense: array<vec4u, DENSE_WORDS>;
@group(0) @binding(2) var<storage, read> experts: array<vec4u, EXPERT_WORDS>;
@group(0) @binding(3) var<storage, read> down: array<vec4u, DOWN_WORDS>;
@group(0) @binding(4) var<storage, read_write> kv: array<vec2u, KV_FOURS>;
@group(0) @binding(5) var<storage, read> rope: array<f32, ROPE_WORDS>;
@group(0) @binding(6) var<storage, read> step: array<u32>;
@group(0) @binding(7) var<storage, read> norms: array<f32, NORM_WORDS>;
@group(0) @binding(8) var<storage, read_write> record: array<u32>;
@group(0) @binding(9) var<storage, read_write> folded: array<u32>;
@group(0) @binding(10) var<uniform> table: array<Layer, 8>;
@group(0) @binding(11) var<uniform> range: vec4u;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let workgroup = id.x;
  gave_up = atomicLoad(&exchange[0]) != 0u;
  for (var n = range.x; n < range.y; n++) {
    // What the last lanes of the phase before still read is written again.
    workgroupBarrier();
    if (range.z <= 0u && 0u < range.w) { project(n, workgroup, lane); }
    if (range.z <= 1u && 1u < range.w) { attend(n, workgroup, lane); }
    if (range.z <= 2u && 2u < range.w) { join_heads(n, workgroup, lane); }
    if (range.z <= 3u && 3u < range.w) { project_output(n, workgroup, lane); }
    if (range.z <= 4u && 4u < range.w) { gate_and_up(n, workgroup, lane); }
    if (range.z <= 5u && 5u < range.w) { down_and_add(n, workgroup, lane, range.z == 5u); }
  }
  // Nothing: a value that is never less.
  if (fetched == 0x9e3779b9u) { atomicMax(&exchange[0], 0u); }
}
