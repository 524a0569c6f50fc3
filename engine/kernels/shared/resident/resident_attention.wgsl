// Attention of the resident layers: QK norm, RoPE, the cache write, and the new token's attention over the cache. With few keys a
// workgroup takes a query head; with many, the workgroups share out the keys of each KV head, and join_heads adds up what they
// leave. PARTS lanes share a key, each with CHUNKS times 8 elements of the head; they go through their keys on their own.
const PARTS = min(8u, SUBGROUP);
const CHUNKS = HEAD_DIM / (8u * PARTS);
const SUBGROUPS = LANES / SUBGROUP;
const KEYS_AT_ONCE = SUBGROUP / PARTS; // of a subgroup
const AHEAD = 2u; // keys whose loads are under way, a lane
const LOWEST = -1e30;
const SPLIT_WORDS = HEAD_DIM + 2u; // Σ weight · value, the largest score, Σ weight
const SLICE = 32u; // columns of a head that a workgroup of join_heads takes

var<workgroup> rows: array<f32, (GROUP + 2u) * HEAD_DIM>; // q of each head, k, v
var<workgroup> sums: array<f32, max(SUBGROUPS * HEAD_DIM, LANES)>;
var<workgroup> totals: array<vec2f, max(SUBGROUPS, LANES / SLICE)>; // largest score, Σ weight

fn splits_keys(position: u32) -> bool { return position >= DIRECT_KEYS; }
fn position_of_step() -> u32 { return min(step[0], CONTEXT - 1u); }

fn attend(n: u32, workgroup: u32, lane: u32) {
  let position = position_of_step();
  if (!splits_keys(position)) {
    for (var head = workgroup; head < HEADS; head += WORKGROUPS) {
      attend_heads(n, head / GROUP, head % GROUP, 1u, 0u, position + 1u, 0u, position, lane);
    }
  } else if (workgroup < KV_HEADS * KEY_SPLITS) {
    let split = workgroup % KEY_SPLITS;
    let keys = (position + KEY_SPLITS) / KEY_SPLITS;
    let first = min(split * keys, position + 1u);
    let end = min(first + keys, position + 1u);
    attend_heads(n, workgroup / KEY_SPLITS, 0u, GROUP, first, end, split, position, lane);
  }
}

// Eight elements of the cache, as two vectors.
struct Eight { a: vec4f, b: vec4f }
fn cached(words: vec4u) -> Eight {
  return Eight(vec4f(unpack2x16float(words.x), unpack2x16float(words.y)), vec4f(unpack2x16float(words.z), unpack2x16float(words.w)));
}
fn eight(at: u32) -> Eight {
  return Eight(vec4f(rows[at], rows[at + 1u], rows[at + 2u], rows[at + 3u]), vec4f(rows[at + 4u], rows[at + 5u], rows[at + 6u], rows[at + 7u]));
}
fn pack_eight(e: Eight) -> vec4u {
  let a = clamp(e.a, vec4f(-65504.0), vec4f(65504.0));
  let b = clamp(e.b, vec4f(-65504.0), vec4f(65504.0));
  return vec4u(pack2x16float(a.xy), pack2x16float(a.zw), pack2x16float(b.xy), pack2x16float(b.zw));
}

fn sum_of_parts(share: f32) -> f32 {
  var sum = share;
  for (var step = 1u; step < PARTS; step *= 2u) { sum += subgroupShuffleXor(sum, step); }
  return sum;
}

// `count` heads of a KV head over the keys first_key … end_key − 1.
fn attend_heads(n: u32, kv_head: u32, first_head: u32, count: u32, first_key: u32, end_key: u32, split: u32, position: u32, lane: u32) {
  let layer = table[n];
  let tag = tag_after_attention(layer.number);
  let of_subgroup = lane % SUBGROUP;
  let subgroup = lane / SUBGROUP;
  for (var i = lane; i < (count + 2u) * HEAD_DIM; i += LANES) {
    let r = i / HEAD_DIM;
    var row = kv_head * GROUP + first_head + r;
    if (r >= count) { row = HEADS + (r - count) * KV_HEADS + kv_head; }
    rows[i] = take_float(QKV_AT + row * HEAD_DIM + i % HEAD_DIM, tag);
  }
  workgroupBarrier();
  for (var r = subgroup; r <= count; r += SUBGROUPS) {
    var square = 0.0;
    for (var i = of_subgroup; i < HEAD_DIM; i += SUBGROUP) { square += rows[r * HEAD_DIM + i] * rows[r * HEAD_DIM + i]; }
    let scale = inverseSqrt(subgroupAdd(square) / f32(HEAD_DIM) + EPSILON) * select(1.0, SCALE, r < count);
    let norm_at = layer.norms + 2u * HIDDEN + select(HEAD_DIM, 0u, r < count);
    for (var i = of_subgroup; i < HEAD_DIM / 2u; i += SUBGROUP) {
      let low = rows[r * HEAD_DIM + i] * scale * norms[norm_at + i];
      let high = rows[r * HEAD_DIM + i + HEAD_DIM / 2u] * scale * norms[norm_at + i + HEAD_DIM / 2u];
      let c = rope[position * (HEAD_DIM / 2u) + i];
      let s = rope[SIN_AT + position * (HEAD_DIM / 2u) + i];
      rows[r * HEAD_DIM + i] = low * c - high * s;
      rows[r * HEAD_DIM + i + HEAD_DIM / 2u] = high * c + low * s;
    }
  }
  workgroupBarrier();
  let has_new = first_key <= position && position < end_key;
  // A step queued past the end of the context writes nothing.
  if (first_head == 0u && has_new && step[0] < CONTEXT && lane < HEAD_DIM / 8u) {
    let to = (position * KV_HEADS + kv_head) * (HEAD_DIM / 8u) + lane;
    kv[layer.keys + to] = pack_eight(eight(count * HEAD_DIM + lane * 8u));
    kv[layer.values + to] = pack_eight(eight((count + 1u) * HEAD_DIM + lane * 8u));
  }

  // The subgroups of a head deal out its keys.
  let of_head = SUBGROUPS / count;
  let head = min(subgroup / of_head, count - 1u);
  let part = of_subgroup % PARTS;
  let turn = subgroup % of_head * KEYS_AT_ONCE + of_subgroup / PARTS;
  let stride = of_head * KEYS_AT_ONCE;
  var query: array<Eight, CHUNKS>;
  var sum: array<Eight, CHUNKS>;
  var score = 0.0;
  for (var c = 0u; c < CHUNKS; c++) {
    let column = (c * PARTS + part) * 8u;
    query[c] = eight(head * HEAD_DIM + column);
    let new_key = eight(count * HEAD_DIM + column);
    score += dot(query[c].a, new_key.a) + dot(query[c].b, new_key.b);
    sum[c] = eight((count + 1u) * HEAD_DIM + column);
  }
  score = sum_of_parts(score);
  var largest = score;
  var total = 1.0;
  if (!has_new || turn > 0u) {
    largest = LOWEST;
    total = 0.0;
    for (var c = 0u; c < CHUNKS; c++) { sum[c] = Eight(vec4f(), vec4f()); }
  }
  let end_old = min(end_key, position);
  for (var key_at = first_key; key_at < end_old; key_at += AHEAD * stride) {
    var keys: array<vec4u, AHEAD * CHUNKS>;
    var values: array<vec4u, AHEAD * CHUNKS>;
    for (var j = 0u; j < AHEAD; j++) {
      let key = min(key_at + j * stride + turn, end_old - 1u);
      for (var c = 0u; c < CHUNKS; c++) {
        let at = (key * KV_HEADS + kv_head) * (HEAD_DIM / 8u) + c * PARTS + part;
        keys[j * CHUNKS + c] = kv[layer.keys + at];
        values[j * CHUNKS + c] = kv[layer.values + at];
      }
    }
    for (var j = 0u; j < AHEAD; j++) {
      var dots = 0.0;
      for (var c = 0u; c < CHUNKS; c++) {
        let key = cached(keys[j * CHUNKS + c]);
        dots += dot(query[c].a, key.a) + dot(query[c].b, key.b);
      }
      let there = key_at + j * stride + turn < end_old;
      let scored = select(LOWEST, sum_of_parts(dots), there);
      let most = max(largest, scored);
      let shrink = exp(largest - most);
      let weight = select(0.0, exp(scored - most), there);
      largest = most;
      total = total * shrink + weight;
      for (var c = 0u; c < CHUNKS; c++) {
        let value = cached(values[j * CHUNKS + c]);
        sum[c] = Eight(sum[c].a * shrink + weight * value.a, sum[c].b * shrink + weight * value.b);
      }
    }
  }
  for (var step = PARTS; step < SUBGROUP; step *= 2u) {
    let other = subgroupShuffleXor(largest, step);
    let most = max(largest, other);
    let own_share = exp(largest - most);
    let other_share = exp(other - most);
    largest = most;
    total = total * own_share + subgroupShuffleXor(total, step) * other_share;
    for (var c = 0u; c < CHUNKS; c++) {
      sum[c] = Eight(sum[c].a * own_share + subgroupShuffleXor(sum[c].a, step) * other_share,
        sum[c].b * own_share + subgroupShuffleXor(sum[c].b, step) * other_share);
    }
  }
  if (of_subgroup < PARTS) {
    for (var c = 0u; c < CHUNKS; c++) {
      let at = subgroup * HEAD_DIM + (c * PARTS + part) * 8u;
      for (var i = 0u; i < 4u; i++) {
        sums[at + i] = sum[c].a[i];
        sums[at + 4u + i] = sum[c].b[i];
      }
    }
    if (part == 0u) { totals[subgroup] = vec2f(largest, total); }
  }
  workgroupBarrier();
  if (count == 1u) {
    var value = 0.0;
    if (lane < HEAD_DIM) { value = joined(0u, SUBGROUPS, HEAD_DIM, lane); }
    show_tiles(lane, value, 0.0);
    if (lane < HEAD_DIM) {
      let stored = tile_block(lane, value);
      let block = (kv_head * GROUP + first_head) * (HEAD_DIM / 16u) + lane / 16u;
      if (lane % 16u < BLOCK_WORDS) { put_block_word(ATTENDED_AT, Q_TILES, block, stored, lane % 16u, tag); }
    }
  } else {
    for (var i = lane; i < count * HEAD_DIM; i += LANES) {
      let first = i / HEAD_DIM * of_head;
      // What the shares refer to must be what the reader sees, which lacks 4 bits.
      let most = bitcast<f32>(bitcast<u32>(largest_of(first, of_head)) & 0xfffffff0u);
      var joined_sum = 0.0;
      var joined_total = 0.0;
      for (var s = first; s < first + of_head; s++) {
        let share = exp(totals[s].x - most);
        joined_sum += share * sums[s * HEAD_DIM + i % HEAD_DIM];
        joined_total += share * totals[s].y;
      }
      let at = PARTIALS_AT + ((kv_head * GROUP + i / HEAD_DIM) * KEY_SPLITS + split) * SPLIT_WORDS;
      put_float(at + i % HEAD_DIM, joined_sum, tag);
      if (i % HEAD_DIM == 0u) {
        put_float(at + HEAD_DIM, most, tag);
        put_float(at + HEAD_DIM + 1u, joined_total, tag);
      }
    }
  }
}

fn largest_of(first: u32, count: u32) -> f32 {
  var most = LOWEST;
  for (var s = first; s < first + count; s++) { most = max(most, totals[s].x); }
  return most;
}

// Σ weight · value ÷ Σ weight of `count` entries of `sums`, which are `width` columns wide.
fn joined(first: u32, count: u32, width: u32, column: u32) -> f32 {
  let most = largest_of(first, count);
  var sum = 0.0;
  var total = 0.0;
  for (var s = first; s < first + count; s++) {
    let share = exp(totals[s].x - most);
    sum += share * sums[s * width + column];
    total += share * totals[s].y;
  }
  return sum / total;
}

// Joins the splits of each head, SLICE columns a workgroup.
fn join_heads(n: u32, workgroup: u32, lane: u32) {
  if (!splits_keys(position_of_step())) { return; }
  let tag = tag_after_attention(table[n].number);
  for (var task = workgroup; task < HEADS * (HEAD_DIM / SLICE); task += WORKGROUPS) {
    let head = task / (HEAD_DIM / SLICE);
    let column = task % (HEAD_DIM / SLICE) * SLICE + lane % SLICE;
    // All words are looked at before the first is waited for: they are there by then.
    var words: array<vec4u, JOIN_ROUNDS>;
    for (var r = 0u; r < JOIN_ROUNDS; r++) {
      let split = min(lane / SLICE + r * (LANES / SLICE), KEY_SPLITS - 1u);
      let at = PARTIALS_AT + (head * KEY_SPLITS + split) * SPLIT_WORDS;
      words[r] = look_at(vec4u(at + column, at + HEAD_DIM, at + HEAD_DIM + 1u, at + HEAD_DIM + 1u));
    }
    var largest = LOWEST;
    var total = 0.0;
    var sum = 0.0;
    for (var r = 0u; r < JOIN_ROUNDS; r++) {
      let split = lane / SLICE + r * (LANES / SLICE);
      let at = PARTIALS_AT + (head * KEY_SPLITS + min(split, KEY_SPLITS - 1u)) * SPLIT_WORDS;
      if (!all_tagged(words[r], tag)) { words[r] = take_at(vec4u(at + column, at + HEAD_DIM, at + HEAD_DIM + 1u, at + HEAD_DIM + 1u), tag); }
      let part = bitcast<vec4f>(words[r] & vec4u(0xfffffff0u));
      let score = select(LOWEST, part.y, split < KEY_SPLITS);
      let most = max(largest, score);
      let shrink = exp(largest - most);
      let share = select(0.0, exp(score - most), split < KEY_SPLITS);
      largest = most;
      sum = sum * shrink + share * part.x;
      total = total * shrink + share * part.z;
    }
    sums[lane] = sum;
    if (lane % SLICE == 0u) { totals[lane / SLICE] = vec2f(largest, total); }
    workgroupBarrier();
    var value = 0.0;
    if (lane < SLICE) { value = joined(0u, LANES / SLICE, SLICE, lane); }
    show_tiles(lane, value, 0.0);
    if (lane < SLICE) {
      let stored = tile_block(lane, value);
      let block = head * (HEAD_DIM / 16u) + task % (HEAD_DIM / SLICE) * (SLICE / 16u) + lane / 16u;
      if (lane % 16u < BLOCK_WORDS) { put_block_word(ATTENDED_AT, Q_TILES, block, stored, lane % 16u, tag); }
    }
    workgroupBarrier();
  }
}
