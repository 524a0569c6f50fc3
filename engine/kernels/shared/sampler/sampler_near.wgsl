// The tokens that rank first, gathered out of the candidates that sample_scan left and put in order: a few dozen instead of the
// whole vocabulary. Imported after sampler_bins by kernels that bind `chunks` and `candidates` of sample_scan.
override NEAR: u32; // room for tokens

var<workgroup> gathered: atomic<u32>;
var<workgroup> gathered_count: u32;
var<workgroup> gathered_values: array<f32, NEAR>;
var<workgroup> gathered_ids: array<u32, NEAR>;
/** By rank. */
var<workgroup> near_values: array<f32, NEAR>;
var<workgroup> near_ids: array<u32, NEAR>;
var<workgroup> near_masses: array<u32, NEAR>;
var<workgroup> bound: atomic<u32>;
var<workgroup> bound_of_all: u32;

/** All tokens whose value's key is above this are among the candidates of the kind. Call it in uniform control flow. */
fn known_above(lane: u32, kind: u32) -> u32 {
  if (lane == 0u) { atomicStore(&bound, ordered_key(LOWEST)); }
  workgroupBarrier();
  for (var i = lane; i < arrayLength(&chunks); i += LANES) { atomicMax(&bound, chunks[i].rest[kind]); }
  workgroupBarrier();
  if (lane == 0u) { bound_of_all = atomicLoad(&bound); }
  return workgroupUniformLoad(&bound_of_all);
}

fn start_gathering(lane: u32) {
  workgroupBarrier();
  if (lane == 0u) { atomicStore(&gathered, 0u); }
  workgroupBarrier();
}

fn put(value: f32, id: u32) {
  let slot = atomicAdd(&gathered, 1u);
  if (slot < NEAR) {
    gathered_values[slot] = value;
    gathered_ids[slot] = id;
  }
}

fn put_four(values: vec4f, ids: vec4u, taken: vec4<bool>) {
  if (taken.x) { put(values.x, ids.x); }
  if (taken.y) { put(values.y, ids.y); }
  if (taken.z) { put(values.z, ids.z); }
  if (taken.w) { put(values.w, ids.w); }
}

/** How many were put; more than NEAR have no room. Call it in uniform control flow. */
fn count_gathered(lane: u32) -> u32 {
  workgroupBarrier();
  if (lane == 0u) { gathered_count = atomicLoad(&gathered); }
  return workgroupUniformLoad(&gathered_count);
}

/** Puts the first `count` ≤ NEAR of what was gathered in order: larger values first, lower ids on ties. */
fn rank_gathered(lane: u32, count: u32) {
  for (var i = lane; i < count; i += LANES) {
    let value = gathered_values[i];
    let id = gathered_ids[i];
    var rank = 0u;
    for (var j = 0u; j < count; j++) {
      let other = gathered_values[j];
      rank += u32(other > value || (other == value && gathered_ids[j] < id));
    }
    near_values[rank] = value;
    near_ids[rank] = id;
  }
  workgroupBarrier();
}
