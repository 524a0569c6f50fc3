// Arithmetic of attention_1token: scores of keys with eight query heads at once, and their weighted values. What is per head stands in
// vectors: `low` for heads 0 to 3, `high` for heads 4 to 7. Four columns of a row are a unit.
struct Eight { low: vec4f, high: vec4f }
struct EightFours { low: mat4x4f, high: mat4x4f }
struct StoredFours { first: KvFour, second: KvFour, third: KvFour, fourth: KvFour }

fn load_key(row: u32, units: vec4u) -> StoredFours {
  return StoredFours(
    kv_key_four(row, units.x), kv_key_four(row, units.y), kv_key_four(row, units.z), kv_key_four(row, units.w));
}

fn load_values(key: u32, last_key: u32, kv_head: u32, unit: u32) -> StoredFours {
  let rows = min(vec4u(key, key + 1u, key + 2u, key + 3u), vec4u(last_key)) * KV_HEADS + kv_head;
  return StoredFours(
    kv_value_four(rows.x, unit), kv_value_four(rows.y, unit), kv_value_four(rows.z, unit), kv_value_four(rows.w, unit));
}

// Adds the products of a unit of two keys with the heads' q, where it is there.
fn add_dots(
  near_dots: ptr<function, Eight>, far_dots: ptr<function, Eight>,
  unit: u32, near: KvFour, far: KvFour, near_is_new: bool, far_is_new: bool, there: bool,
) {
  if (!there) { return; }
  let a = select(kv_unpack(near, unit), rows[HEADS * UNITS + unit], near_is_new);
  let b = select(kv_unpack(far, unit), rows[HEADS * UNITS + unit], far_is_new);
  let q0 = rows[unit];
  let q1 = rows[UNITS + unit];
  let q2 = rows[2u * UNITS + unit];
  let q3 = rows[3u * UNITS + unit];
  (*near_dots).low += vec4f(dot(q0, a), dot(q1, a), dot(q2, a), dot(q3, a));
  (*far_dots).low += vec4f(dot(q0, b), dot(q1, b), dot(q2, b), dot(q3, b));
  let q4 = rows[4u * UNITS + unit];
  let q5 = rows[5u * UNITS + unit];
  let q6 = rows[6u * UNITS + unit];
  let q7 = rows[7u * UNITS + unit];
  (*near_dots).high += vec4f(dot(q4, a), dot(q5, a), dot(q6, a), dot(q7, a));
  (*far_dots).high += vec4f(dot(q4, b), dot(q5, b), dot(q6, b), dot(q7, b));
}

// The parts of dot products that lanes have, one after another for join_pieces: a lane has those of a key and a head.
fn put_pieces(dots: Eight, at: u32) {
  pieces[at] = dots.low.x;
  pieces[at + 32u] = dots.low.y;
  pieces[at + 64u] = dots.low.z;
  pieces[at + 96u] = dots.low.w;
  pieces[at + 128u] = dots.high.x;
  pieces[at + 160u] = dots.high.y;
  pieces[at + 192u] = dots.high.z;
  pieces[at + 224u] = dots.high.w;
}

fn join_pieces(lane: u32) -> f32 {
  return pieces[lane] + pieces[PIECE + lane] + pieces[2u * PIECE + lane] + pieces[3u * PIECE + lane]
    + pieces[4u * PIECE + lane] + pieces[5u * PIECE + lane] + pieces[6u * PIECE + lane] + pieces[7u * PIECE + lane];
}

fn add_value(
  sums: ptr<function, EightFours>, totals: ptr<function, Eight>, key: u32, unit: u32, stored: KvFour, new_value: vec4f, place: u32,
) {
  let four = select(kv_unpack(stored, unit), new_value, key == place);
  let low = weights[key];
  let high = weights[KV_TILE + key];
  (*sums).low += mat4x4f(low.x * four, low.y * four, low.z * four, low.w * four);
  (*sums).high += mat4x4f(high.x * four, high.y * four, high.z * four, high.w * four);
  (*totals).low += low;
  (*totals).high += high;
}

// Two heads at a time: what 8 times 32 lanes have summed over their keys. A lane gets one component of one of the heads.
fn join_lanes(lane: u32, low: vec4f, high: vec4f) -> f32 {
  let at = lane / 32u * 256u + lane % 32u;
  pieces[at] = low.x;
  pieces[at + 32u] = low.y;
  pieces[at + 64u] = low.z;
  pieces[at + 96u] = low.w;
  pieces[at + 128u] = high.x;
  pieces[at + 160u] = high.y;
  pieces[at + 192u] = high.z;
  pieces[at + 224u] = high.w;
  workgroupBarrier();
  let sum = pieces[lane] + pieces[256u + lane] + pieces[512u + lane] + pieces[768u + lane]
    + pieces[1024u + lane] + pieces[1280u + lane] + pieces[1536u + lane] + pieces[1792u + lane];
  workgroupBarrier();
  return sum;
}
