// sum_slots: hidden[t] += Σ over choices j of shares[t, j] · products[t · USED + j], in the order of choices.
// in  products  [tokens · USED, COLUMNS] f32 (down_slots)
// in  shares    [tokens, USED] f32
// out hidden    [tokens, COLUMNS] f32
// override COLUMNS, USED
// dispatch: x: lanes over COLUMNS, 64 a workgroup; y: tokens
@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> shares: array<f32>;
@group(0) @binding(2) var<storage, read_write> hidden: array<f32>;
override COLUMNS: u32;
override USED: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) lane: vec3u, @builtin(workgroup_id) workgroup: vec3u) {
  if (lane.x >= COLUMNS) { return; }
  let token = workgroup.y;
  var sum = hidden[token * COLUMNS + lane.x];
  for (var choice = 0u; choice < USED; choice++) {
    let slot = token * USED + choice;
    sum += shares[slot] * products[slot * COLUMNS + lane.x];
  }
  hidden[token * COLUMNS + lane.x] = sum;
}
