// attention_merge_1token: joins the SPLITS parts of each head that attention_1token left, as int8 blocks for the output projection.
// in  parts     [heads, SPLITS, HEAD_DIM / 4 + 1] × vec4f (attention_1token)
// out quantized [heads · HEAD_DIM / 16] blocks, then their scales (shared/quantize_tile.wgsl)
// override HEAD_DIM (a multiple of 16), SPLITS, SCALES_AT
// dispatch: heads · HEAD_DIM / 16 workgroups, a block each; lanes: 4 columns of four × LANES / 4 splits
#import "quantize_tile"
@group(0) @binding(0) var<storage, read> parts: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> quantized: array<u32>;
override HEAD_DIM: u32;
override SPLITS: u32;
override UNITS: u32 = HEAD_DIM / 4u;
var<workgroup> sums: array<vec4f, 4u * SPLITS>;
var<workgroup> totals: array<vec2f, SPLITS>;

// A split without keys leaves a total of 0; by bits, so that a NaN is no such split and reaches the logits.
fn has_keys(split: u32) -> bool { return bitcast<u32>(totals[split].y) != 0u; }

@compute @workgroup_size(4, SPLITS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let head = workgroup.x / (HEAD_DIM / 16u);
  let unit = (workgroup.x % (HEAD_DIM / 16u)) * 4u + lane.x;
  let part = (head * SPLITS + lane.y) * (UNITS + 1u);
  let total = parts[part + UNITS].xy;
  sums[lane.y * 4u + lane.x] = parts[part + unit];
  if (lane.x == 0u) { totals[lane.y] = total; }
  workgroupBarrier();
  if (lane.y == 0u) {
    var largest = -1e30;
    for (var split = 0u; split < SPLITS; split++) {
      if (has_keys(split)) { largest = max(largest, totals[split].x); }
    }
    var sum = vec4f();
    var weight = 0.0;
    for (var split = 0u; split < SPLITS; split++) {
      let share = select(0.0, exp(totals[split].x - largest), has_keys(split));
      sum += share * sums[split * 4u + lane.x];
      weight += share * totals[split].y;
    }
    let result = sum / weight;
    for (var i = 0u; i < 4u; i++) { tile_values[lane.x * 4u + i] = result[i]; }
  }
  workgroupBarrier();
  if (lane.x == 0u && lane.y == 0u) { store_tile(workgroup.x); }
}
