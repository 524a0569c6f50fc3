// attention_merge_1token: joins the parts of each head that attention_1token left, as int8 blocks for the output projection.
// in  parts     [heads, SPLITS, HEAD_DIM / 4 + 1] × vec4f (attention_1token)
// in  step      position of the token in word 0
// out quantized [heads · HEAD_DIM / 16] blocks, then their scales (shared/quantize_tile.wgsl)
// override HEAD_DIM (a multiple of 16), CONTEXT, SPLITS, SCALES_AT
// dispatch: heads · HEAD_DIM / 16 workgroups, a block each; lanes: 4 columns of four × splits
#import "quantize_tile"
#import "kv_splits"
@group(0) @binding(0) var<storage, read> parts: array<vec4f>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> quantized: array<u32>;
override HEAD_DIM: u32;
override CONTEXT: u32;
override UNITS: u32 = HEAD_DIM / 4u;
var<workgroup> sums: array<vec4f, 4u * SPLITS>;
var<workgroup> totals: array<vec2f, SPLITS>;

@compute @workgroup_size(4, SPLITS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let head = workgroup.x / (HEAD_DIM / 16u);
  let unit = (workgroup.x % (HEAD_DIM / 16u)) * 4u + lane.x;
  let length = min(step[0], CONTEXT - 1u) + 1u;
  // Splits that have keys.
  let used = (length + keys_a_split(length) - 1u) / keys_a_split(length);
  let part = (head * SPLITS + lane.y) * (UNITS + 1u);
  var sum = vec4f();
  var total = vec2f();
  if (lane.y < used) {
    sum = parts[part + unit];
    total = parts[part + UNITS].xy;
    totals[lane.y] = total;
  }
  workgroupBarrier();
  var largest = total.x;
  for (var split = 0u; split < used; split++) { largest = max(largest, totals[split].x); }
  if (lane.y < used) { sums[lane.y * 4u + lane.x] = exp(total.x - largest) * sum; }
  workgroupBarrier();
  if (lane.y == 0u) {
    var joined = vec4f();
    var weight = 0.0;
    for (var split = 0u; split < used; split++) {
      joined += sums[split * 4u + lane.x];
      weight += exp(totals[split].x - largest) * totals[split].y;
    }
    let result = joined / weight;
    for (var i = 0u; i < 4u; i++) { tile_values[lane.x * 4u + i] = result[i]; }
  }
  workgroupBarrier();
  if (lane.x == 0u && lane.y == 0u) { store_tile(workgroup.x); }
}
