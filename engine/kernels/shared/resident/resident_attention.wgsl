// Attention of the resident layers: QK norm, RoPE, the cache write, and the new token's attention over the cache. A task is HEADS_AT_ONCE
// query heads of a KV head over a split of the keys: all keys where they are few, and its workgroup is done with these heads; with many,
// join_heads adds up what KEY_SPLITS of them leave. A team of 32 lanes takes four keys at a time, four columns of the head a
// lane; the teams of a workgroup deal out its keys and join at the end.
const TEAM = 32u;
const TEAMS = LANES / TEAM;
const FOURS = HEAD_DIM / 4u; // of a row; ≤ TEAM
const KEYS_AT_ONCE = 4u; // of a team
const HEADS_AT_ONCE = 4u;
const ROWS = HEADS_AT_ONCE + 2u;
const NEW_KEY = HEADS_AT_ONCE;
const NEW_VALUE = HEADS_AT_ONCE + 1u;
const GATHERED = min(4u, TEAMS); // teams that leave their sums in workgroup memory at once
const KEY_STRIDE = KV_HEADS * FOURS;
const STEP = TEAMS * KEYS_AT_ONCE; // keys that a workgroup takes at once
const LOWEST = -1e30;

var<workgroup> rows: array<f32, ROWS * HEAD_DIM>; // q of each head, k, v; of a row first each fours' x, then their y, z, w
var<workgroup> gathered: array<vec4f, max(GATHERED * HEADS_AT_ONCE * FOURS, LANES)>; // Σ weight · value of each head, by columns
var<workgroup> totals: array<vec2f, TEAMS * HEADS_AT_ONCE>; // largest score, Σ weight

// Of four keys, the four columns of the lane as f16.
struct Batch { a: vec2u, b: vec2u, c: vec2u, d: vec2u }

fn position_of_step() -> u32 { return min(step[0], CONTEXT - 1u); }
fn splits_at(position: u32) -> u32 { return select(KEY_SPLITS, 1u, position < DIRECT_KEYS); }

fn four_of(words: vec2u) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
fn pack_four(four: vec4f) -> vec2u {
  let bounded = clamp(four, vec4f(-65504.0), vec4f(65504.0));
  return vec2u(pack2x16float(bounded.xy), pack2x16float(bounded.zw));
}

fn load_batch(places: vec4u, last: u32) -> Batch {
  let at = min(places, vec4u(last));
  return Batch(kv[at.x], kv[at.y], kv[at.z], kv[at.w]);
}

fn scaled(sums: mat4x4f, by: vec4f) -> mat4x4f { return mat4x4f(sums[0] * by.x, sums[1] * by.y, sums[2] * by.z, sums[3] * by.w); }

fn with_value(sums: mat4x4f, weights: vec4f, value: vec4f) -> mat4x4f {
  return mat4x4f(fma(vec4f(weights.x), value, sums[0]), fma(vec4f(weights.y), value, sums[1]),
    fma(vec4f(weights.z), value, sums[2]), fma(vec4f(weights.w), value, sums[3]));
}

fn attend(n: u32, workgroup: u32, lane: u32) {
  let layer = table[n];
  let tag = tag_after_attention(layer.number);
  let position = position_of_step();
  let splits = splits_at(position);
  let split = workgroup % splits;
  let task = workgroup / splits;
  if (task >= KV_HEADS * HEAD_BLOCKS) { return; }
  let kv_head = task / HEAD_BLOCKS;
  let first_head = task % HEAD_BLOCKS * HEADS_AT_ONCE;
  let keys = (position + splits) / splits;
  let first_key = min(split * keys, position + 1u);
  let end_key = min(first_key + keys, position + 1u);
  let has_new = first_key <= position && end_key == position + 1u;
  let end_cached = max(first_key, min(end_key, position));

  let team = lane / TEAM;
  let of_team = lane % TEAM;
  let four = min(of_team, FOURS - 1u);
  // For scores a lane has a key of each four, and a head. It keeps all keys and heads in an order of its own, its own ones first
  // (number j is j ^ own), so that in the sums over the team each lane gives away the second half of what it has.
  let own_key = of_team / 8u;
  let own_head = of_team / 2u % HEADS_AT_ONCE;
  // Loads that need nothing from other workgroups go out before the wait for q, k and v.
  let column_at = kv_head * FOURS + four;
  let last = column_at + (max(end_cached, 1u) - 1u) * KEY_STRIDE;
  var key = first_key + team * KEYS_AT_ONCE;
  var value_places = column_at + (vec4u(key) + vec4u(0u, 1u, 2u, 3u)) * KEY_STRIDE;
  var key_places = column_at + (vec4u(key) + (vec4u(0u, 1u, 2u, 3u) ^ vec4u(own_key))) * KEY_STRIDE;
  var next_keys = load_batch(layer.keys + key_places, layer.keys + last);
  var next_values = load_batch(layer.values + value_places, layer.values + last);
  for (var r = 0u; r < ROWS; r += TEAMS) { prepare_row(r + team, layer.norms + 2u * HIDDEN, kv_head, first_head, position, lane, tag); }
  workgroupBarrier();
  // A step queued past the end of the context writes nothing.
  if (first_head == 0u && has_new && step[0] < CONTEXT && lane < 2u * FOURS) {
    let to = select(layer.values, layer.keys, lane < FOURS) + position * KEY_STRIDE + kv_head * FOURS + lane % FOURS;
    kv[to] = pack_four(row_four(NEW_KEY + lane / FOURS, lane % FOURS));
  }

  var query = mat4x4f();
  if (of_team < FOURS) {
    query = mat4x4f(row_four(own_head, four), row_four(1u ^ own_head, four), row_four(2u ^ own_head, four), row_four(3u ^ own_head, four));
  }
  var largest = LOWEST;
  var total = 0.0;
  var sums = mat4x4f(); // of the heads in their order, in the four columns of the lane
  // The new key is not in the cache yet. It goes to the first team that has no other, or to the last.
  let new_team = min((end_cached - first_key + KEYS_AT_ONCE - 1u) / KEYS_AT_ONCE, TEAMS - 1u);
  if (has_new && !leaves_out(team != new_team)) {
    let products = row_four(NEW_KEY, four) * query;
    let score = team_sum(lane, products, products, products, products); // as if it were four keys
    if (team == new_team) {
      largest = score;
      total = select(0.0, 1.0, own_key == 0u);
      sums = with_value(sums, vec4f(1.0), row_four(NEW_VALUE, four));
    }
  }
  let batches = (end_cached - first_key + STEP - 1u) / STEP;
  for (var batch = 0u; batch < batches; batch++) {
    if (leaves_out(key >= end_cached)) { break; }
    let sum = team_sum(lane, four_of(next_keys.a) * query, four_of(next_keys.b) * query, four_of(next_keys.c) * query, four_of(next_keys.d) * query);
    key_places += vec4u(STEP * KEY_STRIDE);
    next_keys = load_batch(layer.keys + key_places, layer.keys + last);
    let there = key + own_key < end_cached;
    let score = select(LOWEST, sum, there);
    var most = max(score, across(lane, score, 8u));
    most = max(largest, max(most, across(lane, most, 16u)));
    let weight = select(0.0, exp(score - most), there);
    if (!leaves_out(most == largest)) {
      let shrink = exp(largest - most);
      total *= shrink;
      sums = scaled(sums, four_heads(lane, shrink, 0u));
    }
    largest = most;
    total += weight;
    sums = with_value(sums, four_heads(lane, weight, 0u), four_of(next_values.a));
    sums = with_value(sums, four_heads(lane, weight, 1u), four_of(next_values.b));
    sums = with_value(sums, four_heads(lane, weight, 2u), four_of(next_values.c));
    sums = with_value(sums, four_heads(lane, weight, 3u), four_of(next_values.d));
    value_places += vec4u(STEP * KEY_STRIDE);
    next_values = load_batch(layer.values + value_places, layer.values + last);
    key += STEP;
  }

  // The teams agree on the largest score of each head and scale what they have by it.
  total += across(lane, total, 8u);
  total += across(lane, total, 16u);
  if (own_key == 0u && of_team % 2u == 0u) { totals[team * HEADS_AT_ONCE + own_head] = vec2f(largest, total); }
  workgroupBarrier();
  let eighth = own_key * 2u + of_team % 2u; // of the lanes with this head
  var most = LOWEST;
  for (var t = eighth; t < TEAMS; t += 8u) { most = max(most, totals[t * HEADS_AT_ONCE + own_head].x); }
  most = max(most, across(lane, most, 1u));
  most = max(most, across(lane, most, 8u));
  most = max(most, across(lane, most, 16u));
  // What shares refer to must be what readers see, who lack 4 bits of it.
  most = bitcast<f32>(bitcast<u32>(most) & ~TAG_MASK);
  var all = 0.0;
  for (var t = eighth; t < TEAMS; t += 8u) {
    let of_other = totals[t * HEADS_AT_ONCE + own_head];
    all += of_other.y * exp(of_other.x - most);
  }
  all += across(lane, all, 1u);
  all += across(lane, all, 8u);
  all += across(lane, all, 16u);
  sums = scaled(sums, four_heads(lane, exp(largest - most) / select(1.0, all, splits == 1u), 0u));

  let partials = PARTIALS_AT + split * SPLIT_WORDS;
  let head_row = kv_head * GROUP + first_head;
  let heads = min(HEADS_AT_ONCE, GROUP - first_head);
  if (splits > 1u && lane < 2u * heads && lane % 2u == 0u) {
    put_float(partials + ALL_COLUMNS + head_row + own_head, most, tag);
    put_float(partials + ALL_COLUMNS + HEADS + head_row + own_head, all, tag);
  }
  let to = team % GATHERED * HEADS_AT_ONCE * FOURS + four;
  for (var turn = 0u; turn <= new_team / GATHERED; turn++) { // the teams after the new key's have nothing
    if (team / GATHERED == turn && of_team < FOURS) {
      gather(to, sums[0], turn > 0u);
      gather(to + FOURS, sums[1], turn > 0u);
      gather(to + 2u * FOURS, sums[2], turn > 0u);
      gather(to + 3u * FOURS, sums[3], turn > 0u);
    }
    workgroupBarrier();
  }
  for (var first = 0u; first < HEADS_AT_ONCE * HEAD_DIM; first += LANES) {
    let column = first + lane;
    let there = column < heads * HEAD_DIM;
    var value = 0.0;
    if (there) {
      for (var t = 0u; t < GATHERED; t++) { value += gathered[t * HEADS_AT_ONCE * FOURS + column / 4u][column % 4u]; }
    }
    if (splits == 1u) {
      put_attended(lane, value, head_row * HEAD_DIM + column, there, tag);
    } else if (there) {
      put_float(partials + head_row * HEAD_DIM + column, value, tag);
    }
  }
}

fn gather(to: u32, four: vec4f, adds: bool) {
  var sum = four;
  if (adds) { sum += gathered[to]; }
  gathered[to] = sum;
}

// Row `r` of rows, by a team: q of the heads with norm, RoPE and scale, k with norm and RoPE, v as it is.
fn prepare_row(r: u32, norms_at: u32, kv_head: u32, first_head: u32, position: u32, lane: u32, tag: u32) {
  let i = lane % TEAM;
  let there = r < ROWS && i < FOURS;
  let is_query = r < HEADS_AT_ONCE;
  var row = kv_head * GROUP + min(first_head + r, GROUP - 1u);
  if (!is_query) { row = HEADS + (r - HEADS_AT_ONCE) * KV_HEADS + kv_head; }
  var norm = vec4f();
  var turn = vec4f(); // cos, cos, sin, sin
  var values = vec4f(); // columns i, i + FOURS, i + 2 FOURS, i + 3 FOURS
  if (there) {
    let norm_at = norms_at + select(HEAD_DIM, 0u, is_query) + i;
    let turn_at = position * (HEAD_DIM / 2u) + i;
    norm = vec4f(norms[norm_at], norms[norm_at + FOURS], norms[norm_at + 2u * FOURS], norms[norm_at + 3u * FOURS]);
    turn = vec4f(rope[turn_at], rope[turn_at + FOURS], rope[SIN_AT + turn_at], rope[SIN_AT + turn_at + FOURS]);
    values = bitcast<vec4f>(take_four(QKV_AT + row * HEAD_DIM + i, FOURS, tag));
  }
  var square = dot(values, values);
  for (var step = 1u; step < TEAM; step *= 2u) { square += across(lane, square, step); }
  if (!there) { return; }
  if (r <= HEADS_AT_ONCE) {
    values *= norm * (inverseSqrt(square / f32(HEAD_DIM) + EPSILON) * select(1.0, SCALE, is_query));
    values = vec4f(values.xy * turn.xy - values.zw * turn.zw, values.zw * turn.xy + values.xy * turn.zw);
  }
  put_column(r, i, values.x);
  put_column(r, i + FOURS, values.y);
  put_column(r, i + 2u * FOURS, values.z);
  put_column(r, i + 3u * FOURS, values.w);
}

fn put_column(row: u32, column: u32, value: f32) { rows[row * HEAD_DIM + column % 4u * FOURS + column / 4u] = value; }

fn row_four(row: u32, four: u32) -> vec4f {
  let at = row * HEAD_DIM + four;
  return vec4f(rows[at], rows[at + FOURS], rows[at + 2u * FOURS], rows[at + 3u * FOURS]);
}

// Sums over the team of what each lane has for four keys, four heads each, in its own order: a lane gets that of its own key and head.
fn team_sum(lane: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> f32 {
  let first = a + fours_across(lane, c, 16u);
  let second = b + fours_across(lane, d, 16u);
  let heads = first + fours_across(lane, second, 8u);
  let two = heads.xy + vec2f(across(lane, heads.z, 4u), across(lane, heads.w, 4u));
  let one = two.x + across(lane, two.y, 2u);
  return one + across(lane, one, 1u);
}
