// attention_tiles: causal grouped-query attention of many tokens over the cache, in tiles of 64 query rows (TOKENS tokens × the
// GROUP heads that share a KV head) by 32 keys, online softmax in f32. 16 × 16 lanes: 4 rows × 2 keys of scores each, then
// 4 rows × HEAD_DIM / 16 columns of the output.
// in  qkv    [tokens, QKV_WIDTH] f32, q normed and rotated
// in  keys, values [context, KV_HEADS, HEAD_DIM] (slot kv)
// in  step   position of token 0 and the number of tokens in words 0 and 1
// out output [tokens, KV_HEADS · GROUP, HEAD_DIM] f32
// override KV_HEADS, GROUP ≤ 64, HEAD_DIM (64, 128, …), QKV_WIDTH, SCALE, TOKENS = ⌊64 / GROUP⌋
// slots: kv, head_units: units_1 (HEAD_DIM 64), units_2 (128)
// dispatch: x: KV head; y: ⌈tokens / TOKENS⌉
#import "kv"
#import "head_units"
@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> keys: array<KvStored>;
@group(0) @binding(2) var<storage, read> values: array<KvStored>;
@group(0) @binding(3) var<storage, read> step: array<u32>;
@group(0) @binding(4) var<storage, read_write> output: array<vec4f>;
override KV_HEADS: u32;
override GROUP: u32;
override QKV_WIDTH: u32;
override SCALE: f32;
override TOKENS: u32;
const UNITS = 16u * COLUMNS; // of four elements in a row; COLUMNS of them a lane
const ROWS = 64u;
const KEYS = 32u;
const DEPTH = 8u; // units of q and k in workgroup memory at a time
const PITCH = DEPTH + 1u; // so that rows start in different banks
const LOWEST = -1e30;

// q and k of a depth, then the tile's values.
var<workgroup> staged: array<vec4f, max((ROWS + KEYS) * PITCH, KEYS * UNITS)>;
var<workgroup> scores: array<f32, ROWS * (KEYS + 1u)>;
var<workgroup> quarters: array<f32, ROWS * 4u>;
var<workgroup> shrinks: array<f32, ROWS>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let kv_head = workgroup.x;
  let first_token = workgroup.y * TOKENS;
  let tokens = min(TOKENS, step[1] - min(first_token, step[1]));
  let context = kv_entries();
  let position = step[0] + first_token;
  let length = min(position + tokens, context);
  let row_group = (lane / 16u) * 4u;
  let column = lane % 16u;
  // The row and quarter of its keys that this lane looks after in the softmax.
  let own_row = lane / 4u;
  let own_length = min(position + own_row / GROUP + 1u, length);
  let own_keys = (lane % 4u) * 8u;
  var largest = LOWEST;
  var total = 0.0;
  var sums = array<array<vec4f, COLUMNS>, 4>();

  for (var tile = 0u; tile < length; tile += KEYS) {
    // Set explicitly: compilers were seen not to zero an array again that a loop declares.
    var dots = array<vec2f, 4>();
    for (var depth = 0u; depth < UNITS; depth += DEPTH) {
      for (var i = lane; i < ROWS * DEPTH; i += 256u) {
        let row = i / DEPTH;
        let token = first_token + min(row / GROUP, max(tokens, 1u) - 1u);
        let head = kv_head * GROUP + row % GROUP;
        staged[row * PITCH + i % DEPTH] = qkv[token * (QKV_WIDTH / 4u) + head * UNITS + depth + i % DEPTH];
      }
      for (var i = lane; i < KEYS * DEPTH; i += 256u) {
        let key = min(tile + i / DEPTH, length - 1u);
        staged[(ROWS + i / DEPTH) * PITCH + i % DEPTH] = kv_key(key * KV_HEADS + kv_head, depth + i % DEPTH);
      }
      workgroupBarrier();
      for (var u = 0u; u < DEPTH; u++) {
        let first = staged[(ROWS + column) * PITCH + u];
        let second = staged[(ROWS + column + 16u) * PITCH + u];
        for (var r = 0u; r < 4u; r++) {
          let four = staged[(row_group + r) * PITCH + u];
          dots[r] += vec2f(dot(four, first), dot(four, second));
        }
      }
      workgroupBarrier();
    }
    for (var r = 0u; r < 4u; r++) {
      scores[(row_group + r) * (KEYS + 1u) + column] = dots[r].x * SCALE;
      scores[(row_group + r) * (KEYS + 1u) + column + 16u] = dots[r].y * SCALE;
    }
    for (var i = lane; i < KEYS * UNITS; i += 256u) {
      let key = min(tile + i / UNITS, length - 1u);
      staged[i] = kv_value(key * KV_HEADS + kv_head, i % UNITS);
    }
    workgroupBarrier();

    var most = LOWEST;
    for (var k = own_keys; k < own_keys + 8u; k++) {
      if (tile + k < own_length) { most = max(most, scores[own_row * (KEYS + 1u) + k]); }
    }
    quarters[lane] = most;
    workgroupBarrier();
    most = largest;
    for (var i = 0u; i < 4u; i++) { most = max(most, quarters[own_row * 4u + i]); }
    let shrink = exp(largest - most);
    largest = most;
    total *= shrink;
    for (var k = own_keys; k < own_keys + 8u; k++) {
      let at = own_row * (KEYS + 1u) + k;
      let weight = select(0.0, exp(scores[at] - most), tile + k < own_length);
      scores[at] = weight;
      total += weight;
    }
    if (own_keys == 0u) { shrinks[own_row] = shrink; }
    workgroupBarrier();

    for (var r = 0u; r < 4u; r++) {
      for (var c = 0u; c < COLUMNS; c++) { sums[r][c] *= shrinks[row_group + r]; }
    }
    for (var k = 0u; k < KEYS; k++) {
      for (var c = 0u; c < COLUMNS; c++) {
        let four = staged[k * UNITS + c * 16u + column];
        for (var r = 0u; r < 4u; r++) { sums[r][c] += scores[(row_group + r) * (KEYS + 1u) + k] * four; }
      }
    }
    workgroupBarrier();
  }

  quarters[lane] = total;
  workgroupBarrier();
  for (var r = 0u; r < 4u; r++) {
    let row = row_group + r;
    if (row / GROUP >= tokens) { continue; }
    let weight = quarters[row * 4u] + quarters[row * 4u + 1u] + quarters[row * 4u + 2u] + quarters[row * 4u + 3u];
    let to = ((first_token + row / GROUP) * KV_HEADS * GROUP + kv_head * GROUP + row % GROUP) * UNITS;
    for (var c = 0u; c < COLUMNS; c++) { output[to + c * 16u + column] = sums[r][c] / weight; }
  }
}
