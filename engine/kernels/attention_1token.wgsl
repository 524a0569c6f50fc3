// attention_1token: for one token, RMSNorm and RoPE of its q and k, cache write of k and v, and attention over the cache: 8 query
// heads of a KV head share each key and value that is read. The context is dealt out to SPLITS workgroups a KV head; those without
// keys leave at once, and the last of the others joins what all have found, as int8 blocks for the output projection.
// in    qkv    [(KV_HEADS · GROUP + 2 · KV_HEADS) · HEAD_DIM] f32, q, k, v
// in    q_norm, k_norm [HEAD_DIM] f32      in rope [context, HEAD_DIM / 2] f32 cos, then from vec4f SIN_AT on sin
// inout keys, values [context, KV_HEADS, HEAD_DIM] (slots kv, kv_put)
// in    step   position of the token in word 0
// inout attended  atomic words: [heads · HEAD_DIM / 16] int8 blocks, from SCALES_AT on their scales (gpu/decode/quantizedRow.ts); from
//   ARRIVALS_AT on who has come to which x and who joins which head; from PARTS_AT on, between launches all 0,
//   [heads, SPLITS, HEAD_DIM + 2] Σ weight · value, largest score, Σ weight (shared/attention/split_parts.wgsl)
// override KV_HEADS, GROUP, HEAD_DIM (a multiple of 16, ≤ 128), EPSILON, SCALE, SPLITS (a multiple of 4, ≤ 32), SIN_AT, *_AT
// dispatch: x: KV_HEADS · HEAD_BLOCKS; y: SPLITS. Lanes: 32 pairs of keys × 8 parts of a row; 8 heads × 32 pairs of keys; 64 keys × 2
// times 4 heads; 8 times 8 keys × 32 units. What is per head stands in vectors, not in arrays: an array that a loop indexes lies in
// memory, even where the loop could be unrolled.
#import "kv"
#import "kv_put" for keys
#import "kv_put" for values
#import "kv_splits"
#import "eight_heads"
#import "quantize_block"
#import "split_parts"
#import "join_parts"
@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> q_norm: array<vec4f>;
@group(0) @binding(2) var<storage, read> k_norm: array<vec4f>;
@group(0) @binding(3) var<storage, read> rope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> keys: array<KvStored>;
@group(0) @binding(5) var<storage, read_write> values: array<KvStored>;
@group(0) @binding(6) var<storage, read> step: array<u32>;
@group(0) @binding(7) var<storage, read_write> attended: array<atomic<u32>>;
override KV_HEADS: u32;
override GROUP: u32;
override HEAD_DIM: u32;
override EPSILON: f32;
override SCALE: f32;
override SIN_AT: u32;
override SCALES_AT: u32;
override UNITS: u32 = HEAD_DIM / 4u;
override PART_WORDS: u32 = HEAD_DIM + 2u;
override HEAD_BLOCKS: u32 = (GROUP + 7u) / 8u;
const PIECE = HEADS * 32u + 4u; // so that the 8 parts of a key lie in different banks
const JOINED = 256u; // in pieces
const LOWEST = -1e30;

var<workgroup> rows: array<vec4f, (HEADS + 1u) * UNITS>;
// Σ x² of each four; then the largest scores that lanes have seen.
var<workgroup> squares: array<f32, max((HEADS + 1u) * UNITS, HEADS * 32u)>;
// Of the dot products of 32 keys; then the scores of 64, and last the sums of two heads; from JOINED on then, what lanes or splits have
// found together: [heads, HEAD_DIM]. All together stay within 16 KiB.
var<workgroup> pieces: array<f32, 8u * PIECE>;
// Of 64 keys: those of heads 0 to 3, then those of heads 4 to 7.
var<workgroup> weights: array<vec4f, 2u * KV_TILE>;
var<workgroup> largests: array<f32, HEADS>;
var<workgroup> shrinks: array<f32, HEADS>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let kv_head = workgroup.x / HEAD_BLOCKS;
  let first_head = (workgroup.x % HEAD_BLOCKS) * HEADS;
  let heads = min(HEADS, GROUP - first_head);
  let context = kv_entries();
  let position = min(step[0], context - 1u);
  let length = position + 1u;
  let first_key = workgroup.y * keys_a_split(length);
  let end_key = min(first_key + keys_a_split(length), length);
  if (first_key >= end_key) { return; }
  let generation = generation_of(workgroup.x);
  let last_key = end_key - 1u;
  let key_row = KV_HEADS * GROUP + kv_head;
  let value_row = key_row + KV_HEADS;

  // A tile's loads go out long before they are needed: each takes as long as the arithmetic of a tile. First of all those of the
  // first tile, later those of the next one as soon as the registers are free.
  let pair = lane / 8u; // keys pair and pair + 32 of a tile
  let part = lane % 8u;
  let unit = lane % 32u;
  let eight = lane / 32u * 8u; // keys eight … eight + 7
  let value_unit = min(unit, UNITS - 1u);
  let parts_of_key = (UNITS + 7u - part) / 8u;
  let key_units = min(part, UNITS - 1u) + select(vec4u(0u), vec4u(0u, 8u, 16u, 24u), vec4u(parts_of_key) > vec4u(0u, 1u, 2u, 3u));
  var near = load_key(min(first_key + pair, last_key) * KV_HEADS + kv_head, key_units);
  var far = load_key(min(first_key + pair + 32u, last_key) * KV_HEADS + kv_head, key_units);
  var value = load_values(first_key + eight, last_key, kv_head, value_unit);
  var later_value = load_values(first_key + eight + 4u, last_key, kv_head, value_unit);
  let new_value = qkv[value_row * UNITS + value_unit];

  // q of the heads and the new key: RMSNorm and RoPE, into `rows`.
  for (var i = lane; i < (HEADS + 1u) * UNITS; i += 256u) {
    let head = i / UNITS;
    let row = select(kv_head * GROUP + first_head + min(head, heads - 1u), key_row, head == HEADS);
    let four = qkv[row * UNITS + i % UNITS];
    rows[i] = four;
    squares[i] = dot(four, four);
  }
  workgroupBarrier();
  for (var i = lane; i < (HEADS + 1u) * UNITS / 2u; i += 256u) {
    let head = i / (UNITS / 2u);
    let half = i % (UNITS / 2u);
    let c = rope[position * (UNITS / 2u) + half];
    let s = rope[SIN_AT + position * (UNITS / 2u) + half];
    var low_weight = k_norm[half];
    var high_weight = k_norm[half + UNITS / 2u];
    if (head < HEADS) {
      low_weight = q_norm[half];
      high_weight = q_norm[half + UNITS / 2u];
    }
    var sum = 0.0;
    for (var u = 0u; u < UNITS; u++) { sum += squares[head * UNITS + u]; }
    let scale = inverseSqrt(sum / f32(HEAD_DIM) + EPSILON) * select(1.0, SCALE, head < HEADS);
    let low = rows[head * UNITS + half] * scale * low_weight;
    let high = rows[head * UNITS + half + UNITS / 2u] * scale * high_weight;
    rows[head * UNITS + half] = low * c - high * s;
    rows[head * UNITS + half + UNITS / 2u] = high * c + low * s;
  }
  workgroupBarrier();

  // The workgroup whose split holds the new key writes it; a step queued past the end of the context writes nothing.
  if (first_head == 0u && end_key == length && step[0] < context && lane < UNITS) {
    kv_put_keys(position * KV_HEADS + kv_head, lane);
    kv_put_values(position * KV_HEADS + kv_head, lane);
  }

  let head = lane / 32u;
  var largest = LOWEST;
  var totals = Eight();
  var sums = EightFours();
  for (var tile = first_key; tile < end_key; tile += KV_TILE) {
    // The new key and value are not in the cache yet.
    let near_is_new = tile + pair == position;
    let far_is_new = tile + pair + 32u == position;
    var near_dots = Eight();
    var far_dots = Eight();
    add_dots(&near_dots, &far_dots, part, near.first, far.first, near_is_new, far_is_new, parts_of_key > 0u);
    add_dots(&near_dots, &far_dots, part + 8u, near.second, far.second, near_is_new, far_is_new, parts_of_key > 1u);
    add_dots(&near_dots, &far_dots, part + 16u, near.third, far.third, near_is_new, far_is_new, parts_of_key > 2u);
    add_dots(&near_dots, &far_dots, part + 24u, near.fourth, far.fourth, near_is_new, far_is_new, parts_of_key > 3u);
    let next = tile + KV_TILE;
    near = load_key(min(next + pair, last_key) * KV_HEADS + kv_head, key_units);
    far = load_key(min(next + pair + 32u, last_key) * KV_HEADS + kv_head, key_units);
    put_pieces(near_dots, part * PIECE + pair);
    workgroupBarrier();
    let near_score = select(LOWEST, join_pieces(lane), tile + unit < end_key);
    workgroupBarrier();
    put_pieces(far_dots, part * PIECE + pair);
    workgroupBarrier();
    let far_score = select(LOWEST, join_pieces(lane), tile + unit + 32u < end_key);
    workgroupBarrier();
    pieces[head * KV_TILE + unit] = near_score;
    pieces[head * KV_TILE + unit + 32u] = far_score;
    squares[lane] = max(near_score, far_score);
    workgroupBarrier();
    if (unit < 8u) {
      let at = head * 32u + unit;
      squares[at] = max(max(squares[at], squares[at + 8u]), max(squares[at + 16u], squares[at + 24u]));
    }
    workgroupBarrier();
    var larger = largest;
    for (var i = 0u; i < 8u; i++) { larger = max(larger, squares[head * 32u + i]); }
    if (unit == 0u) {
      largests[head] = larger;
      shrinks[head] = exp(largest - larger);
    }
    largest = larger;
    workgroupBarrier();
    if (lane < 2u * KV_TILE) {
      let first = lane / KV_TILE * 4u;
      let key = lane % KV_TILE;
      let score = vec4f(
        pieces[first * KV_TILE + key], pieces[(first + 1u) * KV_TILE + key],
        pieces[(first + 2u) * KV_TILE + key], pieces[(first + 3u) * KV_TILE + key]);
      let origin = vec4f(largests[first], largests[first + 1u], largests[first + 2u], largests[first + 3u]);
      weights[lane] = select(vec4f(0.0), exp(score - origin), tile + key < end_key);
    }
    workgroupBarrier();
    let low = vec4f(shrinks[0], shrinks[1], shrinks[2], shrinks[3]);
    let high = vec4f(shrinks[4], shrinks[5], shrinks[6], shrinks[7]);
    sums.low = mat4x4f(sums.low[0] * low.x, sums.low[1] * low.y, sums.low[2] * low.z, sums.low[3] * low.w);
    sums.high = mat4x4f(sums.high[0] * high.x, sums.high[1] * high.y, sums.high[2] * high.z, sums.high[3] * high.w);
    totals.low *= low;
    totals.high *= high;
    let place = position - tile; // of the new key in the tile, if it is there
    add_value(&sums, &totals, eight, value_unit, value.first, new_value, place);
    add_value(&sums, &totals, eight + 1u, value_unit, value.second, new_value, place);
    add_value(&sums, &totals, eight + 2u, value_unit, value.third, new_value, place);
    add_value(&sums, &totals, eight + 3u, value_unit, value.fourth, new_value, place);
    add_value(&sums, &totals, eight + 4u, value_unit, later_value.first, new_value, place);
    add_value(&sums, &totals, eight + 5u, value_unit, later_value.second, new_value, place);
    add_value(&sums, &totals, eight + 6u, value_unit, later_value.third, new_value, place);
    add_value(&sums, &totals, eight + 7u, value_unit, later_value.fourth, new_value, place);
    value = load_values(next + eight, last_key, kv_head, value_unit);
    later_value = load_values(next + eight + 4u, last_key, kv_head, value_unit);
  }

  workgroupBarrier();
  if (unit == 0u) {
    weights[head * 2u] = totals.low;
    weights[head * 2u + 1u] = totals.high;
  }
  workgroupBarrier();
  if (unit == 0u) {
    var total = 0.0;
    for (var i = 0u; i < 8u; i++) { total += weights[i * 2u + head / 4u][head % 4u]; }
    shrinks[head] = total;
  }
  let joined = vec4f(
    join_lanes(lane, sums.low[0], sums.low[1]), join_lanes(lane, sums.low[2], sums.low[3]),
    join_lanes(lane, sums.high[0], sums.high[1]), join_lanes(lane, sums.high[2], sums.high[3]));
  if (unit < UNITS) {
    let to = JOINED + lane / 128u * HEAD_DIM + unit * 4u + head % 4u;
    for (var pair = 0u; pair < 4u; pair++) { pieces[to + 2u * pair * HEAD_DIM] = joined[pair]; }
  }
  workgroupBarrier();

  let head_row = kv_head * GROUP + first_head;
  let used = (length + keys_a_split(length) - 1u) / keys_a_split(length); // splits with keys
  if (used > 1u) {
    let part = PARTS_AT + (head_row * SPLITS + workgroup.y) * PART_WORDS;
    for (var i = lane; i < heads * HEAD_DIM; i += 256u) {
      put_part(part + i / HEAD_DIM * SPLITS * PART_WORDS + i % HEAD_DIM, pieces[JOINED + i]);
    }
    if (lane < heads) {
      put_part(part + lane * SPLITS * PART_WORDS + HEAD_DIM, largests[lane]);
      put_part(part + lane * SPLITS * PART_WORDS + HEAD_DIM + 1u, shrinks[lane]);
    }
    if (used > FEW_SPLITS) {
      let own = heads_to_join(workgroup.x, generation, used, heads, lane);
      join_heads(lane, own, head_row, used);
      if ((own & 1u) != 0u) { join_heads(lane, later_heads(workgroup.x, generation, heads, lane), head_row, used); }
      return;
    }
    if (!is_last(workgroup.x, generation, used, lane)) { return; }
    join_all(lane, PARTS_AT + head_row * SPLITS * PART_WORDS, heads, used);
  } else {
    for (var i = lane; i < heads * HEAD_DIM; i += 256u) { pieces[JOINED + i] /= shrinks[i / HEAD_DIM]; }
    workgroupBarrier();
  }
  store_blocks(lane, head_row * HEAD_DIM / 16u, 0u, heads * HEAD_DIM / 16u);
}

/** What kv_put writes: the new key out of `rows`, the new value. */
fn new_keys(row: u32, unit: u32) -> vec4f { return rows[HEADS * UNITS + unit]; }
fn new_values(row: u32, unit: u32) -> vec4f { return qkv[(KV_HEADS * (GROUP + 1u) + row % KV_HEADS) * UNITS + unit]; }
