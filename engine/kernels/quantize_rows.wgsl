// quantize_rows: f32 rows as int8 in blocks of 16, for the integer dots. A lane takes one block.
// in  input   [rows, COLUMNS] f32
// out values  [rows, GROUPS · 16] × 16 int8, zeros from COLUMNS on
// out scales  [rows, GROUPS · 16] × (scale, scale · Σ values)
// override COLUMNS, GROUPS (⌈COLUMNS / 256⌉)
// dispatch: lanes over rows · GROUPS · 16, 64 a workgroup, folded
requires packed_4x8_integer_dot_product;
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
  var words: vec4u;
  var sum = 0;
  for (var i = 0u; i < 4u; i++) {
    let rounded = vec4i(round(clamp(x[i] * inverse, vec4f(-127.0), vec4f(127.0))));
    words[i] = pack4xI8(rounded);
    sum += rounded.x + rounded.y + rounded.z + rounded.w;
  }
  values[index] = words;
  scales[index] = vec2f(scale, scale * f32(sum));
}
