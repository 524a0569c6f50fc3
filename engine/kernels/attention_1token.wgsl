// attention_1token: for one token, RMSNorm and RoPE of its q and k, cache write of k and v, and attention over the cache: 8 query
// heads of a KV head share each key and value that is read. The context is dealt out to SPLITS workgroups a KV head, whose
// parts attention_merge_1token joins.
// in    qkv    [(KV_HEADS · GROUP + 2 · KV_HEADS) · HEAD_DIM] f32, q, k, v
// in    q_norm, k_norm [HEAD_DIM] f32      in rope [context, HEAD_DIM / 2] f32 cos, then from vec4f SIN_AT on sin
// inout keys, values [context, KV_HEADS, HEAD_DIM] (slot kv_fours)
// in    step   position of the token in word 0
// out   parts  [heads, SPLITS, HEAD_DIM / 4 + 1] × vec4f: Σ weight · value, then (largest score, Σ weight, 0, 0)
// override KV_HEADS, GROUP, HEAD_DIM (a multiple of 8, ≤ 128), EPSILON, SCALE, SPLITS, SIN_AT
// dispatch: x: KV_HEADS · HEAD_BLOCKS; y: SPLITS. Lanes: 32 keys × 8 parts of a row, then 8 heads × 32
#import "kv_fours"
@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> q_norm: array<vec4f>;
@group(0) @binding(2) var<storage, read> k_norm: array<vec4f>;
@group(0) @binding(3) var<storage, read> rope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> keys: array<KvFour>;
@group(0) @binding(5) var<storage, read_write> values: array<KvFour>;
@group(0) @binding(6) var<storage, read> step: array<u32>;
@group(0) @binding(7) var<storage, read_write> parts: array<vec4f>;
override KV_HEADS: u32;
override GROUP: u32;
override HEAD_DIM: u32;
override EPSILON: f32;
override SCALE: f32;
override SPLITS: u32;
override SIN_AT: u32;
override UNITS: u32 = HEAD_DIM / 4u;
override HEAD_BLOCKS: u32 = (GROUP + 7u) / 8u;
const HEADS = 8u; // of a workgroup, then the new key as one more
const TILE = 32u; // keys at a time
const CHUNK = 8u;
const PIECE = HEADS * TILE + 4u; // so that the 8 parts of a key lie in different banks
const LOWEST = -1e30;

var<workgroup> rows: array<vec4f, (HEADS + 1u) * UNITS>;
var<workgroup> squares: array<f32, (HEADS + 1u) * UNITS>;
var<workgroup> pieces: array<f32, 8u * PIECE>;
var<workgroup> scores: array<f32, HEADS * TILE>;
var<workgroup> weights: array<f32, HEADS * TILE>;
var<workgroup> new_weights: array<f32, HEADS>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let kv_head = workgroup.x / HEAD_BLOCKS;
  let first_head = (workgroup.x % HEAD_BLOCKS) * HEADS;
  let heads = min(HEADS, GROUP - first_head);
  let context = arrayLength(&keys) / (KV_HEADS * UNITS);
  let position = min(step[0], context - 1u);
  let length = position + 1u;
  let keys_a_split = (length + SPLITS * TILE - 1u) / (SPLITS * TILE) * TILE;
  let first_key = workgroup.y * keys_a_split;
  let end_key = min(first_key + keys_a_split, length);
  let key_row = KV_HEADS * GROUP + kv_head;
  let value_row = key_row + KV_HEADS;

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
    let unit = i % (UNITS / 2u);
    var sum = 0.0;
    for (var u = 0u; u < UNITS; u++) { sum += squares[head * UNITS + u]; }
    var scale = inverseSqrt(sum / f32(HEAD_DIM) + EPSILON);
    var low_weight = k_norm[unit];
    var high_weight = k_norm[unit + UNITS / 2u];
    if (head < HEADS) {
      low_weight = q_norm[unit];
      high_weight = q_norm[unit + UNITS / 2u];
      scale *= SCALE;
    }
    let low = rows[head * UNITS + unit] * scale * low_weight;
    let high = rows[head * UNITS + unit + UNITS / 2u] * scale * high_weight;
    let c = rope[position * (UNITS / 2u) + unit];
    let s = rope[SIN_AT + position * (UNITS / 2u) + unit];
    rows[head * UNITS + unit] = low * c - high * s;
    rows[head * UNITS + unit + UNITS / 2u] = high * c + low * s;
  }
  workgroupBarrier();

  // The workgroup whose split holds the new key writes it; a step queued past the end of the context writes nothing.
  if (first_head == 0u && first_key <= position && position < end_key && step[0] < context && lane < UNITS) {
    keys[(position * KV_HEADS + kv_head) * UNITS + lane] = kv_pack_four(rows[HEADS * UNITS + lane]);
    values[(position * KV_HEADS + kv_head) * UNITS + lane] = kv_pack_four(qkv[value_row * UNITS + lane]);
  }

  let key_in_tile = lane / 8u;
  let part = lane % 8u;
  let head = lane / TILE;
  let unit = lane % TILE;
  var largest = LOWEST;
  var total = 0.0;
  var sum = vec4f();
  for (var tile = first_key; tile < end_key; tile += TILE) {
    let key = min(tile + key_in_tile, end_key - 1u);
    var dots = array<f32, HEADS>();
    for (var u = part; u < UNITS; u += 8u) {
      var four = kv_unpack(keys[(key * KV_HEADS + kv_head) * UNITS + u]);
      if (key == position) { four = rows[HEADS * UNITS + u]; }
      for (var h = 0u; h < HEADS; h++) { dots[h] += dot(rows[h * UNITS + u], four); }
    }
    for (var h = 0u; h < HEADS; h++) { pieces[part * PIECE + h * TILE + key_in_tile] = dots[h]; }
    workgroupBarrier();
    var score = 0.0;
    for (var p = 0u; p < 8u; p++) { score += pieces[p * PIECE + lane]; }
    score = select(LOWEST, score, tile + unit < end_key);
    scores[lane] = score;
    workgroupBarrier();
    var most = largest;
    for (var k = 0u; k < TILE; k++) { most = max(most, scores[head * TILE + k]); }
    let weight = select(0.0, exp(score - most), tile + unit < end_key);
    let shrink = exp(largest - most);
    largest = most;
    total = total * shrink + weight;
    // The new value is not in the cache yet.
    let is_new = tile + unit == position;
    weights[lane] = select(weight, 0.0, is_new);
    if (is_new) { new_weights[head] = weight; }
    workgroupBarrier();
    sum *= shrink;
    if (unit < UNITS) {
      // All loads of a chunk before the first sum: each takes as long as the whole arithmetic.
      for (var k = 0u; k < TILE && tile + k < end_key; k += CHUNK) {
        var fours: array<vec4f, CHUNK>;
        for (var j = 0u; j < CHUNK; j++) {
          let of_key = min(tile + k + j, end_key - 1u);
          fours[j] = kv_unpack(values[(of_key * KV_HEADS + kv_head) * UNITS + unit]);
          if (of_key == position) { fours[j] = vec4f(); }
        }
        for (var j = 0u; j < CHUNK; j++) { sum += weights[head * TILE + k + j] * fours[j]; }
      }
      if (position >= tile && position < min(tile + TILE, end_key)) {
        sum += new_weights[head] * qkv[value_row * UNITS + unit];
      }
    }
    workgroupBarrier();
  }

  scores[lane] = total;
  workgroupBarrier();
  if (head >= heads) { return; }
  let to = ((kv_head * GROUP + first_head + head) * SPLITS + workgroup.y) * (UNITS + 1u);
  if (unit < UNITS) { parts[to + unit] = sum; }
  if (unit == 0u) {
    total = 0.0;
    for (var k = 0u; k < TILE; k++) { total += scores[head * TILE + k]; }
    parts[to + UNITS] = vec4f(largest, total, 0.0, 0.0);
  }
}
