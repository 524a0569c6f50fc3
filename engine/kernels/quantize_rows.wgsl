// quantize_rows: f32 rows as int8 in blocks of 16, for integer arithmetic. A lane takes one block.
// in  input   [rows, COLUMNS] f32
// out values  [rows, GROUPS · 16] blocks in the form of shared/activations/packing_*.wgsl, zeros from COLUMNS on
// out scales  [rows, GROUPS · 16] × (scale, scale · Σ values)
// slots: packing
// override COLUMNS, GROUPS (⌈COLUMNS / 256⌉)
// dispatch: lanes over rows · GROUPS · 16, 64 a workgroup, folded
#import "packing"
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> values: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> scales: array<vec2f>;
override COLUMNS: u32;
override GROUPS: u32;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (workgroup.x + workgroup.z * workgroups.x) * 64u + lane;
  if (index >= arrayLength(&scales)) { return; }
  let row = index / (GROUPS * 16u);
  let column = (index % (GROUPS * 16u)) * 16u;
  var x: array<vec4f, 4>;
  // The largest magnitude by its bits: a NaN or an infinity counts as largest, so it reaches the scale and then the logits.
  var largest = 0u;
  for (var i = 0u; i < 16u; i++) {
    if (column + i < COLUMNS) {
      let value = input[row * COLUMNS + column + i];
      x[i >> 2u][i & 3u] = value;
      largest = max(largest, bitcast<u32>(value) & 0x7fffffffu);
    }
  }
  let scale = bitcast<f32>(largest) / 127.0;
  let inverse = select(127.0 / bitcast<f32>(largest), 0.0, largest < 0x00800000u);
  let a = rounded(x[0] * inverse);
  let b = rounded(x[1] * inverse);
  let c = rounded(x[2] * inverse);
  let d = rounded(x[3] * inverse);
  store_block(index, a, b, c, d);
  let sums = a + b + c + d;
  scales[index] = vec2f(scale, scale * f32(sums.x + sums.y + sums.z + sums.w));
}

fn rounded(values: vec4f) -> vec4i { return vec4i(round(clamp(values, vec4f(-127.0), vec4f(127.0)))); }
