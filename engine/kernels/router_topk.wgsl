// router_topk: the best USED experts of each token by router logit, lower id on ties, and their weights: softmax over all
// experts, renormalised over the chosen if NORMALIZE, times SCALE (spec 1.5, 4.2, 4.3).
// in  logits  [tokens, EXPERTS] f32
// out ids     [tokens, USED] u32, best first; 0 … USED−1 in a row with NaN
// out weights [tokens, USED] f32; SCALE/USED in a row with NaN
// override EXPERTS, USED ≤ EXPERTS, NORMALIZE, SCALE, LANES
// one workgroup = one token; workgroup_id.x = token. An expert's rank is the count of experts before it, so that no
// round of a search waits for another and ids are always in range.
override EXPERTS: u32;
override USED: u32;
override NORMALIZE: bool = true;
override SCALE: f32 = 1.0;
override LANES: u32 = 64;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> weights: array<f32>;

var<workgroup> row: array<f32, EXPERTS>;
var<workgroup> chosen: array<f32, USED>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  for (var e = lane; e < EXPERTS; e += LANES) { row[e] = logits[workgroup.x * EXPERTS + e]; }
  workgroupBarrier();

  // By bits, since a compiler may take it for granted that numbers are neither NaN nor infinite.
  var invalid = false;
  var largest = row[0];
  for (var e = 0u; e < EXPERTS; e++) {
    let bits = bitcast<u32>(row[e]);
    invalid |= (bits & 0x7f800000u) == 0x7f800000u && bits != 0xff800000u;
    largest = max(largest, row[e]);
  }
  invalid |= bitcast<u32>(largest) == 0xff800000u;

  for (var e = lane; e < EXPERTS; e += LANES) {
    let own = row[e];
    var rank = 0u;
    for (var other = 0u; other < EXPERTS; other++) {
      rank += u32(row[other] > own || (row[other] == own && other < e));
    }
    if (invalid) { rank = e; }
    if (rank < USED) {
      ids[workgroup.x * USED + rank] = e;
      chosen[rank] = select(exp(own - largest), 1.0, invalid);
    }
  }
  workgroupBarrier();

  var total = 0.0;
  if (NORMALIZE || invalid) {
    for (var k = 0u; k < USED; k++) { total += chosen[k]; }
  } else {
    for (var e = 0u; e < EXPERTS; e++) { total += exp(row[e] - largest); }
  }
  for (var k = lane; k < USED; k += LANES) {
    var weight = chosen[k] / total;
    if (SCALE != 1.0) { weight *= SCALE; }
    weights[workgroup.x * USED + k] = weight;
  }
}
