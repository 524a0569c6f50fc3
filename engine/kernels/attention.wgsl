// attention: causal grouped-query attention over the cache, online softmax in f32 (spec 1.3). The context is dealt out to
// SPLITS workgroups; with one split the output is final, otherwise attention_merge joins the parts.
// in  qkv    [tokens, QKV_WIDTH] f32, q normed and rotated
// in  keys   [context, KV_HEADS, HEAD_DIM], f32, f16 pairs or q8 (slot kv)      in values, same shape
// in  step   position of token 0 in word 0
// out output [tokens, heads, SPLITS, HEAD_DIM] f32 (normalised if SPLITS = 1)
// out parts  [tokens, heads, SPLITS] (largest score, sum of weights); untouched if SPLITS = 1
// override GROUP query heads a KV head, of which HEADS share a workgroup with TOKENS tokens: HEADS·TOKENS ≤ 4 rows, the
//          components of a vec4f everywhere here; LANES (a multiple of 8, ≥ HEAD_DIM/4); TILE keys at a time
// one workgroup = workgroup_id.x: KV head · ⌈GROUP/HEADS⌉ + block of heads, .y: split, .z: block of tokens
#import "kv"
override HEAD_DIM: u32;
override KV_HEADS: u32;
override GROUP: u32;
override QKV_WIDTH: u32;
override SCALE: f32;
override HEADS: u32 = 1;
override TOKENS: u32 = 1;
override SPLITS: u32 = 1;
override LANES: u32 = 64;
override TILE: u32 = 64;
override UNITS: u32 = (HEAD_DIM + 3) / 4;
override BLOCKS: u32 = (GROUP + HEADS - 1) / HEADS;
/** Groups of lanes that share the keys of a tile when values are summed; a lane of a group holds four elements. */
override KEY_GROUPS: u32 = LANES / UNITS;
/** Memory of a workgroup is costly to compile on SwiftShader, so `joined` has room only where it is needed. */
override JOINED: u32 = select(LANES, 1, KEY_GROUPS == 1);
const LEADERS = 8u;
const LOWEST = vec4f(-1e30);

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<KvStored>;
@group(0) @binding(2) var<storage, read> values: array<KvStored>;
@group(0) @binding(3) var<storage, read> step: array<u32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;
@group(0) @binding(5) var<storage, read_write> parts: array<vec2f>;

/** Element by element, the rows as components; scaled. */
var<workgroup> query: array<vec4f, 4 * UNITS>;
var<workgroup> weights: array<vec4f, TILE>;
var<workgroup> pieces: array<vec4f, LANES>;
var<workgroup> leaders: array<vec4f, LEADERS>;
/** Columns: the four elements of a unit. */
var<workgroup> joined: array<mat4x4f, JOINED>;

/** Row's token within the block, and its head within the group; a row that is not there has a head ≥ GROUP. */
fn row_token(row: u32) -> u32 { return row / HEADS; }
fn row_head(block: u32, row: u32) -> u32 {
  return select(GROUP, block * HEADS + row % HEADS, row < HEADS * TOKENS);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let kv_head = workgroup.x / BLOCKS;
  let block = workgroup.x % BLOCKS;
  let first_token = workgroup.z * TOKENS;
  let context = kv_entries();
  let position = min(step[0] + first_token, context - 1u);
  let length = min(position + TOKENS, context);
  let tiles = (length + TILE - 1u) / TILE;
  let tiles_a_split = (tiles + SPLITS - 1u) / SPLITS;
  let first_tile = workgroup.y * tiles_a_split;
  let end_tile = min(first_tile + tiles_a_split, tiles);

  for (var i = lane; i < 4u * UNITS; i += LANES) {
    var rows = vec4f();
    for (var row = 0u; row < 4u; row++) {
      let head = row_head(block, row);
      if (head < GROUP && i < HEAD_DIM) {
        rows[row] = qkv[(first_token + row_token(row)) * QKV_WIDTH + (kv_head * GROUP + head) * HEAD_DIM + i];
      }
    }
    query[i] = rows * SCALE;
  }
  workgroupBarrier();

  let row_lengths = position + 1u + vec4u(row_token(0u), row_token(1u), row_token(2u), row_token(3u));
  let unit = lane % UNITS;
  let key_group = lane / UNITS;
  var largest = LOWEST;
  /** Of this lane's keys only. */
  var total = vec4f();
  var sums = mat4x4f();
  for (var tile = first_tile; tile < end_tile; tile++) {
    let first_key = tile * TILE;
    let tile_keys = min(TILE, length - first_key);
    var most = LOWEST;
    for (var k = lane; k < tile_keys; k += LANES) {
      let key = first_key + k;
      let row = key * KV_HEADS + kv_head;
      var dots = vec4f();
      for (var i = 0u; i < UNITS; i++) {
        let elements = kv_key(row, i);
        dots += elements.x * query[4u * i] + elements.y * query[4u * i + 1u];
        dots += elements.z * query[4u * i + 2u] + elements.w * query[4u * i + 3u];
      }
      // Only this lane looks at these until they are weights.
      weights[k] = dots;
      most = select(most, max(most, dots), vec4u(key) < row_lengths);
    }
    pieces[lane] = most;
    workgroupBarrier();
    if (lane < LEADERS) {
      for (var i = lane + LEADERS; i < LANES; i += LEADERS) { most = max(most, pieces[i]); }
      leaders[lane] = most;
    }
    workgroupBarrier();
    most = largest;
    for (var i = 0u; i < LEADERS; i++) { most = max(most, leaders[i]); }
    let shrink = exp(largest - most);
    largest = most;
    total *= shrink;
    for (var k = lane; k < tile_keys; k += LANES) {
      let weight = select(vec4f(), exp(weights[k] - most), vec4u(first_key + k) < row_lengths);
      weights[k] = weight;
      total += weight;
    }
    workgroupBarrier();
    if (key_group < KEY_GROUPS) {
      sums = mat4x4f(sums[0] * shrink, sums[1] * shrink, sums[2] * shrink, sums[3] * shrink);
      for (var k = key_group; k < tile_keys; k += KEY_GROUPS) {
        let elements = kv_value((first_key + k) * KV_HEADS + kv_head, unit);
        let shares = weights[k];
        sums += mat4x4f(elements.x * shares, elements.y * shares, elements.z * shares, elements.w * shares);
      }
    }
    workgroupBarrier();
  }

  pieces[lane] = total;
  if (KEY_GROUPS > 1u) { joined[lane] = sums; }
  workgroupBarrier();
  if (lane >= UNITS) { return; }
  total = vec4f();
  for (var i = 0u; i < LANES; i++) { total += pieces[i]; }
  for (var i = 1u; i < KEY_GROUPS; i++) { sums += joined[lane + i * UNITS]; }
  for (var row = 0u; row < 4u; row++) {
    let head = row_head(block, row);
    if (head >= GROUP) { continue; }
    let to = ((first_token + row_token(row)) * KV_HEADS * GROUP + kv_head * GROUP + head) * SPLITS + workgroup.y;
    if (SPLITS > 1u && lane == 0u) { parts[to] = vec2f(largest[row], total[row]); }
    let elements = vec4f(sums[0][row], sums[1][row], sums[2][row], sums[3][row]) / select(total[row], 1.0, SPLITS > 1u);
    // A split without keys leaves only its sum of 0, by which the merge passes over it.
    if (total[row] == 0.0) { continue; }
    for (var i = 0u; i < min(4u, HEAD_DIM - 4u * lane); i++) { output[to * HEAD_DIM + 4u * lane + i] = elements[i]; }
  }
}
