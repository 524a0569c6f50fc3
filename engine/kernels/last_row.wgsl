// last_row: output[0] = input[tokens - 1].
// in  step    position, tokens, ids (gpu/types.ts, stepState)
// in  input   [tokens, COLUMNS] f32
// out output  [COLUMNS] f32
// override COLUMNS
// dispatch: x: lanes over COLUMNS, 64 a workgroup
@group(0) @binding(0) var<storage, read> step: array<u32>;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
override COLUMNS: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) lane: vec3u) {
  if (lane.x < COLUMNS) { output[lane.x] = input[(step[1] - 1u) * COLUMNS + lane.x]; }
}
