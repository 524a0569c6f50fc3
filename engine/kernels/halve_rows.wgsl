// halve_rows: f32 rows as halves for matrix units. A lane takes eight columns.
// in  input   [rows, COLUMNS] f32
// out values  [rows, GROUPS · 256] halves (shared/tiles/half_rows.wgsl), zeros from COLUMNS on
// override COLUMNS, GROUPS (⌈COLUMNS / 256⌉)
// dispatch: lanes over rows · GROUPS · 32, 64 a workgroup, folded
#import "half_rows"
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> values: array<vec4u>;
override COLUMNS: u32;
override GROUPS: u32;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (workgroup.x + workgroup.z * workgroups.x) * 64u + lane;
  if (index >= arrayLength(&values)) { return; }
  let row = index / (GROUPS * 32u);
  let column = (index % (GROUPS * 32u)) * 8u;
  values[index] = vec4u(half_four(four_at(row, column)), half_four(four_at(row, column + 4u)));
}

fn four_at(row: u32, column: u32) -> vec4f {
  let at = row * COLUMNS + column;
  let found = vec4f(input[at], input[at + 1u], input[at + 2u], input[at + 3u]);
  return select(vec4f(), found, column + vec4u(0u, 1u, 2u, 3u) < vec4u(COLUMNS));
}
