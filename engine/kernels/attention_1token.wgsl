// attention_1token: for one token, RMSNorm and RoPE of its q and k, cache write of k and v, and attention over the cache: 8 query
// heads of a KV head share each key and value that is read. The context is dealt out to SPLITS workgroups a KV head, whose
// parts attention_merge_1token joins; those without keys leave at once.
// in    qkv    [(KV_HEADS · GROUP + 2 · KV_HEADS) · HEAD_DIM] f32, q, k, v
// in    q_norm, k_norm [HEAD_DIM] f32      in rope [context, HEAD_DIM / 2] f32 cos, then from vec4f SIN_AT on sin
// inout keys, values [context, KV_HEADS, HEAD_DIM] (slot kv_fours)
// in    step   position of the token in word 0
// out   parts  [heads, SPLITS, HEAD_DIM + 4] f32: Σ weight · value, then largest score, Σ weight; splits with keys only
// override KV_HEADS, GROUP, HEAD_DIM (a multiple of 8, ≤ 128), EPSILON, SCALE, SPLITS, SIN_AT
// dispatch: x: KV_HEADS · HEAD_BLOCKS; y: SPLITS. Lanes: 32 keys × 8 parts of a row; 8 heads × 32 keys; 8 times 4 keys × 32 units
#import "kv_fours"
#import "kv_splits"
@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> q_norm: array<vec4f>;
@group(0) @binding(2) var<storage, read> k_norm: array<vec4f>;
@group(0) @binding(3) var<storage, read> rope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> keys: array<KvFour>;
@group(0) @binding(5) var<storage, read_write> values: array<KvFour>;
@group(0) @binding(6) var<storage, read> step: array<u32>;
@group(0) @binding(7) var<storage, read_write> parts: array<f32>;
override KV_HEADS: u32;
override GROUP: u32;
override HEAD_DIM: u32;
override EPSILON: f32;
override SCALE: f32;
override SIN_AT: u32;
override UNITS: u32 = HEAD_DIM / 4u;
override HEAD_BLOCKS: u32 = (GROUP + 7u) / 8u;
const HEADS = 8u; // of a workgroup, then the new key as one more
const PIECE = HEADS * KV_TILE + 4u; // so that the 8 parts of a key lie in different banks
const LOWEST = -1e30;

var<workgroup> rows: array<vec4f, (HEADS + 1u) * UNITS>;
var<workgroup> squares: array<f32, (HEADS + 1u) * UNITS>;
var<workgroup> pieces: array<f32, 8u * PIECE>;
var<workgroup> scores: array<f32, HEADS * KV_TILE>;
var<workgroup> weights: array<f32, KV_TILE * HEADS>;
var<workgroup> shrinks: array<f32, HEADS>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let kv_head = workgroup.x / HEAD_BLOCKS;
  let first_head = (workgroup.x % HEAD_BLOCKS) * HEADS;
  let heads = min(HEADS, GROUP - first_head);
  let context = arrayLength(&keys) / (KV_HEADS * UNITS);
  let position = min(step[0], context - 1u);
  let length = position + 1u;
  let first_key = workgroup.y * keys_a_split(length);
  let end_key = min(first_key + keys_a_split(length), length);
  if (first_key >= end_key) { return; }
  let last_key = end_key - 1u;
  let key_row = KV_HEADS * GROUP + kv_head;
  let value_row = key_row + KV_HEADS;

  // A tile's loads go out long before they are needed: each takes as long as the arithmetic of a tile. First of all those of the
  // first tile, later those of the next one as soon as the registers are free.
  let key_in_tile = lane / 8u;
  let part = lane % 8u;
  let fours_of_key = kv_head * UNITS + min(part, UNITS - 1u);
  let quarter = lane / 32u * 4u;
  let unit = lane % 32u;
  let of_unit = kv_head * UNITS + min(unit, UNITS - 1u);
  var key = min(first_key + key_in_tile, last_key) * (KV_HEADS * UNITS) + fours_of_key;
  let parts_of_key = (UNITS + 7u - part) / 8u;
  var key_0 = keys[key];
  var key_1 = keys[key + select(0u, 8u, parts_of_key > 1u)];
  var key_2 = keys[key + select(0u, 16u, parts_of_key > 2u)];
  var key_3 = keys[key + select(0u, 24u, parts_of_key > 3u)];
  var value_0 = values[value_at(first_key + quarter, last_key) + of_unit];
  var value_1 = values[value_at(first_key + quarter + 1u, last_key) + of_unit];
  var value_2 = values[value_at(first_key + quarter + 2u, last_key) + of_unit];
  var value_3 = values[value_at(first_key + quarter + 3u, last_key) + of_unit];
  let new_value = qkv[value_row * UNITS + min(unit, UNITS - 1u)];

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
    keys[(position * KV_HEADS + kv_head) * UNITS + lane] = kv_pack_four(rows[HEADS * UNITS + lane]);
    values[(position * KV_HEADS + kv_head) * UNITS + lane] = kv_pack_four(new_value);
  }

  let head = lane / KV_TILE;
  var largest = LOWEST;
  var total = 0.0;
  var sums = array<vec4f, HEADS>();
  for (var tile = first_key; tile < end_key; tile += KV_TILE) {
    // The new key and value are not in the cache yet.
    let is_new_key = tile + key_in_tile == position;
    var dots = array<f32, HEADS>();
    add_dots(&dots, part, key_0, is_new_key, parts_of_key > 0u);
    add_dots(&dots, part + 8u, key_1, is_new_key, parts_of_key > 1u);
    add_dots(&dots, part + 16u, key_2, is_new_key, parts_of_key > 2u);
    add_dots(&dots, part + 24u, key_3, is_new_key, parts_of_key > 3u);
    key = min(tile + KV_TILE + key_in_tile, last_key) * (KV_HEADS * UNITS) + fours_of_key;
    key_0 = keys[key];
    key_1 = keys[key + select(0u, 8u, parts_of_key > 1u)];
    key_2 = keys[key + select(0u, 16u, parts_of_key > 2u)];
    key_3 = keys[key + select(0u, 24u, parts_of_key > 3u)];
    for (var h = 0u; h < HEADS; h++) { pieces[part * PIECE + h * KV_TILE + key_in_tile] = dots[h]; }
    workgroupBarrier();
    var score = 0.0;
    for (var p = 0u; p < 8u; p++) { score += pieces[p * PIECE + lane]; }
    let there = tile + unit < end_key;
    score = select(LOWEST, score, there);
    scores[lane] = score;
    workgroupBarrier();
    var most = largest;
    for (var k = 0u; k < KV_TILE; k++) { most = max(most, scores[head * KV_TILE + k]); }
    let weight = select(0.0, exp(score - most), there);
    let shrink = exp(largest - most);
    largest = most;
    total = total * shrink + weight;
    weights[unit * HEADS + head] = weight;
    if (unit == 0u) { shrinks[head] = shrink; }
    workgroupBarrier();
    for (var h = 0u; h < HEADS; h++) { sums[h] *= shrinks[h]; }
    add_value(&sums, quarter, value_0, new_value, tile + quarter == position);
    add_value(&sums, quarter + 1u, value_1, new_value, tile + quarter + 1u == position);
    add_value(&sums, quarter + 2u, value_2, new_value, tile + quarter + 2u == position);
    add_value(&sums, quarter + 3u, value_3, new_value, tile + quarter + 3u == position);
    let next = tile + KV_TILE + quarter;
    value_0 = values[value_at(next, last_key) + of_unit];
    value_1 = values[value_at(next + 1u, last_key) + of_unit];
    value_2 = values[value_at(next + 2u, last_key) + of_unit];
    value_3 = values[value_at(next + 3u, last_key) + of_unit];
  }

  let to = ((kv_head * GROUP + first_head) * SPLITS + workgroup.y) * (HEAD_DIM + 4u);
  scores[lane] = total;
  workgroupBarrier();
  if (unit == 0u && head < heads) {
    total = 0.0;
    for (var k = 0u; k < KV_TILE; k++) { total += scores[head * KV_TILE + k]; }
    let at = to + head * SPLITS * (HEAD_DIM + 4u) + HEAD_DIM;
    parts[at] = largest;
    parts[at + 1u] = total;
  }
  join_quarters(lane, 0u, heads, to, sums[0], sums[1]);
  join_quarters(lane, 2u, heads, to, sums[2], sums[3]);
  join_quarters(lane, 4u, heads, to, sums[4], sums[5]);
  join_quarters(lane, 6u, heads, to, sums[6], sums[7]);
}

fn value_at(key: u32, last_key: u32) -> u32 { return min(key, last_key) * (KV_HEADS * UNITS); }

fn add_dots(dots: ptr<function, array<f32, HEADS>>, unit: u32, stored: KvFour, is_new: bool, there: bool) {
  if (!there) { return; }
  let four = select(kv_unpack(stored), rows[HEADS * UNITS + unit], is_new);
  for (var h = 0u; h < HEADS; h++) { (*dots)[h] += dot(rows[h * UNITS + unit], four); }
}

fn add_value(sums: ptr<function, array<vec4f, HEADS>>, key: u32, stored: KvFour, new_value: vec4f, is_new: bool) {
  let four = select(kv_unpack(stored), new_value, is_new);
  for (var h = 0u; h < HEADS; h++) { (*sums)[h] += weights[key * HEADS + h] * four; }
}

// Two heads at a time: what the lanes of the 8 quarters have summed, joined component by component.
fn join_quarters(lane: u32, first: u32, heads: u32, to: u32, low: vec4f, high: vec4f) {
  let at = lane / 32u * 256u + lane % 32u;
  for (var c = 0u; c < 4u; c++) {
    pieces[at + c * 32u] = low[c];
    pieces[at + 128u + c * 32u] = high[c];
  }
  workgroupBarrier();
  let head = first + lane / 128u;
  let component = lane / 32u % 4u;
  let unit = lane % 32u;
  if (head < heads && unit < UNITS) {
    var sum = 0.0;
    for (var i = 0u; i < 8u; i++) { sum += pieces[i * 256u + lane]; }
    parts[to + head * SPLITS * (HEAD_DIM + 4u) + unit * 4u + component] = sum;
  }
  workgroupBarrier();
}
