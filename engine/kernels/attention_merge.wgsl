// attention_merge: joins the SPLITS parts of each head that attention left.
// in  partial [tokens, heads, SPLITS, HEAD_DIM] f32, not normalised
// in  parts   [tokens, heads, SPLITS] (largest score, sum of weights; 0 where a split had no keys)
// out output  [tokens, heads, HEAD_DIM] f32
// override HEAD_DIM, SPLITS, LANES
// one workgroup = one head of one token; workgroup_id.x = token · heads + head
override HEAD_DIM: u32;
override SPLITS: u32;
override LANES: u32 = 64;

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = workgroup.x * SPLITS;
  var largest = -1e30;
  for (var split = 0u; split < SPLITS; split++) { largest = max(largest, parts[first + split].x); }
  for (var i = lane; i < HEAD_DIM; i += LANES) {
    var sum = 0.0;
    var total = 0.0;
    for (var split = 0u; split < SPLITS; split++) {
      let part = parts[first + split];
      if (part.y > 0.0) {
        let weight = exp(part.x - largest);
        sum += weight * partial[(first + split) * HEAD_DIM + i];
        total += weight * part.y;
      }
    }
    output[workgroup.x * HEAD_DIM + i] = sum / total;
  }
}
