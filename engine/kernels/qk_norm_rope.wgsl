// qk_norm_rope: RMSNorm of each q and k head, RoPE in half-split pairs, cache write of k and v (spec 1.4, 4.1).
// inout qkv    [tokens, (HEADS + 2·KV_HEADS)·HEAD_DIM] f32: q in place, k and v stay as they are
// in    q_norm [HEAD_DIM] f32      in k_norm [HEAD_DIM] f32
// in    cos    [context, HEAD_DIM/2] f32      in sin, same shape
// out   keys   [context, KV_HEADS, HEAD_DIM], f32, f16 pairs or q8 (slots kv, kv_put)      out values, same shape
// in    step   position of token 0 in word 0
// override HEADS, KV_HEADS, HEAD_DIM (even), EPSILON, LANES (a power of two)
// one workgroup = one head of q, k or v; workgroup_id.x = head in that order, workgroup_id.y = token
#import "kv"
#import "kv_put" for keys
#import "kv_put" for values
override HEADS: u32;
override KV_HEADS: u32;
override HEAD_DIM: u32;
override EPSILON: f32;
override LANES: u32 = 32;
override HALF_DIM: u32 = HEAD_DIM / 2;
override UNITS: u32 = (HEAD_DIM + 3) / 4;

@group(0) @binding(0) var<storage, read_write> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> q_norm: array<f32>;
@group(0) @binding(2) var<storage, read> k_norm: array<f32>;
@group(0) @binding(3) var<storage, read> cos_table: array<f32>;
@group(0) @binding(4) var<storage, read> sin_table: array<f32>;
@group(0) @binding(5) var<storage, read_write> keys: array<KvStored>;
@group(0) @binding(6) var<storage, read_write> values: array<KvStored>;
@group(0) @binding(7) var<storage, read> step: array<u32>;

var<workgroup> head_values: array<f32, HEAD_DIM>;
var<workgroup> squares: array<f32, LANES>;

/** What kv_put writes: four of this head, zeros past its end. */
fn new_keys(row: u32, unit: u32) -> vec4f {
  let at = 4u * unit;
  if (at + 4u <= HEAD_DIM) { return vec4f(head_values[at], head_values[at + 1u], head_values[at + 2u], head_values[at + 3u]); }
  return vec4f(head_values[at], head_values[at + 1u], 0.0, 0.0);
}
fn new_values(row: u32, unit: u32) -> vec4f { return new_keys(row, unit); }

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let head = workgroup.x;
  let token = workgroup.y;
  let is_query = head < HEADS;
  let is_value = head >= HEADS + KV_HEADS;
  let start = (token * (HEADS + 2u * KV_HEADS) + head) * HEAD_DIM;
  let position = step[0] + token;

  // Lane: elements i and i + HALF_DIM, as RoPE pairs them.
  var sum = 0.0;
  for (var i = lane; i < HALF_DIM; i += LANES) {
    let low = qkv[start + i];
    let high = qkv[start + i + HALF_DIM];
    head_values[i] = low;
    head_values[i + HALF_DIM] = high;
    sum += low * low + high * high;
  }
  squares[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { squares[lane] += squares[lane + half]; }
    workgroupBarrier();
  }

  if (!is_value) {
    let scale = inverseSqrt(squares[0] / f32(HEAD_DIM) + EPSILON);
    for (var i = lane; i < HALF_DIM; i += LANES) {
      var weight: vec2f;
      if (is_query) { weight = vec2f(q_norm[i], q_norm[i + HALF_DIM]); }
      else { weight = vec2f(k_norm[i], k_norm[i + HALF_DIM]); }
      let low = head_values[i] * scale * weight.x;
      let high = head_values[i + HALF_DIM] * scale * weight.y;
      let c = cos_table[position * HALF_DIM + i];
      let s = sin_table[position * HALF_DIM + i];
      head_values[i] = low * c - high * s;
      head_values[i + HALF_DIM] = high * c + low * s;
    }
  }
  workgroupBarrier();

  if (is_query) {
    for (var i = lane; i < HEAD_DIM; i += LANES) { qkv[start + i] = head_values[i]; }
    return;
  }
  let kv_head = (head - HEADS) % KV_HEADS;
  let row = position * KV_HEADS + kv_head;
  // A step that was queued past the end of the context must not touch the cache: bounds checks would move its writes.
  if (position >= kv_entries()) { return; }
  for (var unit = lane; unit < UNITS; unit += LANES) {
    if (is_value) { kv_put_values(row, unit); } else { kv_put_keys(row, unit); }
  }
}
