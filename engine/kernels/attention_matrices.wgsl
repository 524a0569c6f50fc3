// attention_matrices: causal grouped-query attention of many tokens over the cache, heads of 128, by matrix units: tiles of
// 128 query rows (TOKENS tokens × the GROUP heads that share a KV head) by 32 keys, online softmax. A subgroup of 32 lanes has 16
// rows: their scores, their softmax, two lanes a row, and their sums.
// in  qkv    [tokens, QKV_WIDTH] f32, q normed and rotated
// in  keys, values [context, KV_HEADS, 128] (slot kv_eights)
// in  step   position of token 0 and the number of tokens in words 0 and 1
// out output [tokens, KV_HEADS · GROUP, 128] f32
// override KV_HEADS, GROUP ≤ 128, QKV_WIDTH, SCALE (log2 e included), TOKENS = ⌊128 / GROUP⌋
// slots: kv_eights, fragments
// dispatch: x: KV head; y: ⌈tokens / TOKENS⌉, the last ones first, because they have the most keys
enable subgroups;
diagnostic(off, subgroup_uniformity);
#import "kv_eights"
#import "fragments"
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
const KEYS = 32u;
// Fragments of 16 rows by 64 columns: keys 0–15 (two), 16–31, values likewise; of each subgroup 32 scores of 16 rows, then
// their weights as halves in the place of scores.
const VALUES_AT = 4u;
const SCORES_AT = 8u;
const LOWEST = -1e30;
/** Sums are scaled down only when a score is so much larger (log2) than the largest so far: until then halves hold the weights. */
const SLACK = 10.0;

var<workgroup> staged: array<Fragment, 16>;
var<workgroup> outgrown: atomic<u32>;
// One member each, because drivers keep arrays of fragments in memory.
struct Queries {
  q0: Left,
  q1: Left,
  q2: Left,
  q3: Left,
  q4: Left,
  q5: Left,
  q6: Left,
  q7: Left,
}
struct Weighted {
  sum0: Sums,
  sum1: Sums,
  sum2: Sums,
  sum3: Sums,
  sum4: Sums,
  sum5: Sums,
  sum6: Sums,
  sum7: Sums,
}

fn half_words(values: vec4f) -> vec2u {
  let held = clamp(values, vec4f(-65504.0), vec4f(65504.0));
  return vec2u(pack2x16float(held.xy), pack2x16float(held.zw));
}

// q times SCALE as halves, through workgroup memory.
fn load_queries(lane: u32, kv_head: u32, first_token: u32, tokens: u32) -> Queries {
  for (var i = lane; i < 128u * 16u; i += 256u) {
    let row = i / 16u;
    let token = first_token + min(row / GROUP, max(tokens, 1u) - 1u);
    let at = token * (QKV_WIDTH / 4u) + (kv_head * GROUP + row % GROUP) * 32u + (i % 16u) * 2u;
    staged[(row / 16u) * 2u + (i % 16u) / 8u][(row % 16u) * PITCH + i % 8u] = vec4u(half_words(qkv[at] * SCALE), half_words(qkv[at + 1u] * SCALE));
  }
  workgroupBarrier();
  let own = (lane / 32u) * 2u;
  let found = Queries(
    left_rows(own, 0u), left_rows(own, 1u),
    left_rows(own, 2u), left_rows(own, 3u),
    left_rows(own + 1u, 0u), left_rows(own + 1u, 1u),
    left_rows(own + 1u, 2u), left_rows(own + 1u, 3u));
  workgroupBarrier();
  return found;
}

fn scores_of(queries: ptr<function, Queries>, at: u32) -> Sums {
  var scores = Sums();
  scores = add_product(queries.q0, right_columns(at, 0u), scores);
  scores = add_product(queries.q1, right_columns(at, 1u), scores);
  scores = add_product(queries.q2, right_columns(at, 2u), scores);
  scores = add_product(queries.q3, right_columns(at, 3u), scores);
  scores = add_product(queries.q4, right_columns(at + 1u, 0u), scores);
  scores = add_product(queries.q5, right_columns(at + 1u, 1u), scores);
  scores = add_product(queries.q6, right_columns(at + 1u, 2u), scores);
  scores = add_product(queries.q7, right_columns(at + 1u, 3u), scores);
  return scores;
}

fn add_values(weights: Left, at: u32, sums: ptr<function, Weighted>) {
  sums.sum0 = add_product(weights, right_rows(at, 0u), sums.sum0);
  sums.sum1 = add_product(weights, right_rows(at, 1u), sums.sum1);
  sums.sum2 = add_product(weights, right_rows(at, 2u), sums.sum2);
  sums.sum3 = add_product(weights, right_rows(at, 3u), sums.sum3);
  sums.sum4 = add_product(weights, right_rows(at + 1u, 0u), sums.sum4);
  sums.sum5 = add_product(weights, right_rows(at + 1u, 1u), sums.sum5);
  sums.sum6 = add_product(weights, right_rows(at + 1u, 2u), sums.sum6);
  sums.sum7 = add_product(weights, right_rows(at + 1u, 3u), sums.sum7);
}

// A fragment of sums with its rows times `factor`, this lane's row's.
fn shrunk(sums: Sums, own: u32, lane: u32, factor: f32) -> Sums {
  let place = ((lane & 31u) / 2u) * PITCH + (lane & 1u) * 2u;
  store_rows(own, 0u, sums);
  workgroupBarrier();
  staged[own][place] = bitcast<vec4u>(bitcast<vec4f>(staged[own][place]) * factor);
  staged[own][place + 1u] = bitcast<vec4u>(bitcast<vec4f>(staged[own][place + 1u]) * factor);
  workgroupBarrier();
  return load_rows(own);
}

fn store_output(sums: Sums, own: u32, lane: u32, factor: f32, to: u32, present: bool) {
  store_rows(own, 0u, sums);
  workgroupBarrier();
  let place = ((lane & 31u) / 2u) * PITCH + (lane & 1u) * 2u;
  if (present) {
    output[to] = bitcast<vec4f>(staged[own][place]) * factor;
    output[to + 1u] = bitcast<vec4f>(staged[own][place + 1u]) * factor;
  }
  workgroupBarrier();
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  enter_fragments(lane);
  let kv_head = workgroup.x;
  let first_token = (workgroups.y - 1u - workgroup.y) * TOKENS;
  let tokens = min(TOKENS, step[1] - min(first_token, step[1]));
  let context = kv_entries();
  let position = step[0] + first_token;
  let length = min(position + tokens, context);
  var queries = load_queries(lane, kv_head, first_token, tokens);
  var weighted: Weighted;

  // Two lanes a row, 16 keys of a tile each.
  let own = SCORES_AT + lane / 32u;
  let row = lane / 2u;
  let place = (row % 16u) * PITCH + (lane & 1u) * 4u;
  let own_length = min(position + row / GROUP + 1u, length);
  var largest = LOWEST;
  var total = 0.0;
  // What this lane brings of a tile: two elements of keys and of values, 16 keys apart.
  let brought = lane / 16u;
  let eight = lane % 16u;
  let column = eight / 8u;
  let to = brought * PITCH + lane % 8u;
  let last = max(length, 1u) - 1u;
  var key_0 = kv_key_eight(min(brought, last) * KV_HEADS + kv_head, eight);
  var key_1 = kv_key_eight(min(brought + 16u, last) * KV_HEADS + kv_head, eight);
  var value_0 = kv_value_eight(min(brought, last) * KV_HEADS + kv_head, eight);
  var value_1 = kv_value_eight(min(brought + 16u, last) * KV_HEADS + kv_head, eight);
  for (var tile = 0u; tile < length; tile += KEYS) {
    staged[column][to] = kv_halves(key_0, eight);
    staged[2u + column][to] = kv_halves(key_1, eight);
    staged[VALUES_AT + column][to] = kv_halves(value_0, eight);
    staged[VALUES_AT + 2u + column][to] = kv_halves(value_1, eight);
    if (lane == 0u) { atomicStore(&outgrown, 0u); }
    workgroupBarrier();
    let next = tile + KEYS + brought;
    key_0 = kv_key_eight(min(next, last) * KV_HEADS + kv_head, eight);
    key_1 = kv_key_eight(min(next + 16u, last) * KV_HEADS + kv_head, eight);
    value_0 = kv_value_eight(min(next, last) * KV_HEADS + kv_head, eight);
    value_1 = kv_value_eight(min(next + 16u, last) * KV_HEADS + kv_head, eight);
    store_rows(own, 0u, scores_of(&queries, 0u));
    store_rows(own, 1u, scores_of(&queries, 2u));
    workgroupBarrier();

    // Scores of keys that this row does not see become the lowest.
    let first_key = tile + (lane & 1u) * 16u;
    let count = own_length - min(first_key, own_length);
    let index = vec4u(0u, 1u, 2u, 3u);
    let scores_0 = select(vec4f(LOWEST), bitcast<vec4f>(staged[own][place]), index < vec4u(count));
    let scores_1 = select(vec4f(LOWEST), bitcast<vec4f>(staged[own][place + 1u]), index + 4u < vec4u(count));
    let scores_2 = select(vec4f(LOWEST), bitcast<vec4f>(staged[own][place + 2u]), index + 8u < vec4u(count));
    let scores_3 = select(vec4f(LOWEST), bitcast<vec4f>(staged[own][place + 3u]), index + 12u < vec4u(count));
    let fours = max(max(scores_0, scores_1), max(scores_2, scores_3));
    var most = max(max(fours.x, fours.y), max(fours.z, fours.w));
    most = max(most, subgroupShuffleXor(most, 1u));
    let before = largest;
    let outgrows = most > largest + SLACK;
    if (outgrows) { largest = most; }
    if (outgrows && before > LOWEST) { atomicStore(&outgrown, 1u); }
    let factor = exp2(before - largest);
    let weights_0 = exp2(scores_0 - largest);
    let weights_1 = exp2(scores_1 - largest);
    let weights_2 = exp2(scores_2 - largest);
    let weights_3 = exp2(scores_3 - largest);
    let sums = weights_0 + weights_1 + weights_2 + weights_3;
    total = total * factor + sums.x + sums.y + sums.z + sums.w;
    let halves_0 = vec4u(half_words(weights_0), half_words(weights_1));
    let halves_1 = vec4u(half_words(weights_2), half_words(weights_3));
    if (workgroupUniformLoad(&outgrown) != 0u) {
      weighted.sum0 = shrunk(weighted.sum0, own, lane, factor);
      weighted.sum1 = shrunk(weighted.sum1, own, lane, factor);
      weighted.sum2 = shrunk(weighted.sum2, own, lane, factor);
      weighted.sum3 = shrunk(weighted.sum3, own, lane, factor);
      weighted.sum4 = shrunk(weighted.sum4, own, lane, factor);
      weighted.sum5 = shrunk(weighted.sum5, own, lane, factor);
      weighted.sum6 = shrunk(weighted.sum6, own, lane, factor);
      weighted.sum7 = shrunk(weighted.sum7, own, lane, factor);
      workgroupBarrier();
    }
    staged[own][place] = halves_0;
    staged[own][place + 1u] = halves_1;
    workgroupBarrier();
    add_values(left_rows(own, 0u), VALUES_AT, &weighted);
    add_values(left_rows(own, 2u), VALUES_AT + 2u, &weighted);
    workgroupBarrier();
  }

  total += subgroupShuffleXor(total, 1u);
  let output_at = ((first_token + row / GROUP) * KV_HEADS * GROUP + kv_head * GROUP + row % GROUP) * 32u + (lane & 1u) * 2u;
  let present = row / GROUP < tokens;
  let factor = 1.0 / total;
  store_output(weighted.sum0, own, lane, factor, output_at + 0u, present);
  store_output(weighted.sum1, own, lane, factor, output_at + 4u, present);
  store_output(weighted.sum2, own, lane, factor, output_at + 8u, present);
  store_output(weighted.sum3, own, lane, factor, output_at + 12u, present);
  store_output(weighted.sum4, own, lane, factor, output_at + 16u, present);
  store_output(weighted.sum5, own, lane, factor, output_at + 20u, present);
  store_output(weighted.sum6, own, lane, factor, output_at + 24u, present);
  store_output(weighted.sum7, own, lane, factor, output_at + 28u, present);
}
