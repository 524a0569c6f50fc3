// Products of matrices of 16 × 16 by the device's matrix units: f16 times f16, summed in f32. The 32 lanes of a subgroup call
// these together, which WGSL cannot see. Matrices lie in `staged`, an array of fragments. Offsets are spelled out: a load is
// checked at run time, at half the speed, unless its place in a fragment is a constant.
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
diagnostic(off, chromium.subgroup_matrix_uniformity);
alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sums = subgroup_matrix_result<f32, 16, 16>;

#import "fragment_rows"

fn enter_fragments(lane: u32) {}

// 16 of the 64 columns of a fragment; rows of it as rows, or as columns.
fn left_rows(fragment: u32, part: u32) -> Left {
  switch (part) {
    case 1u: { return subgroupMatrixLoad<Left, row_major>(&staged[fragment], 2u, PITCH); }
    case 2u: { return subgroupMatrixLoad<Left, row_major>(&staged[fragment], 4u, PITCH); }
    case 3u: { return subgroupMatrixLoad<Left, row_major>(&staged[fragment], 6u, PITCH); }
    default: { return subgroupMatrixLoad<Left, row_major>(&staged[fragment], 0u, PITCH); }
  }
}
fn right_columns(fragment: u32, part: u32) -> Right {
  switch (part) {
    case 1u: { return subgroupMatrixLoad<Right, col_major>(&staged[fragment], 2u, PITCH); }
    case 2u: { return subgroupMatrixLoad<Right, col_major>(&staged[fragment], 4u, PITCH); }
    case 3u: { return subgroupMatrixLoad<Right, col_major>(&staged[fragment], 6u, PITCH); }
    default: { return subgroupMatrixLoad<Right, col_major>(&staged[fragment], 0u, PITCH); }
  }
}
fn right_rows(fragment: u32, part: u32) -> Right {
  switch (part) {
    case 1u: { return subgroupMatrixLoad<Right, row_major>(&staged[fragment], 2u, PITCH); }
    case 2u: { return subgroupMatrixLoad<Right, row_major>(&staged[fragment], 4u, PITCH); }
    case 3u: { return subgroupMatrixLoad<Right, row_major>(&staged[fragment], 6u, PITCH); }
    default: { return subgroupMatrixLoad<Right, row_major>(&staged[fragment], 0u, PITCH); }
  }
}

fn add_product(left: Left, right: Right, sums: Sums) -> Sums {
  return subgroupMatrixMultiplyAccumulate(left, right, sums);
}

// 16 of the 32 columns of a fragment of f32.
fn store_rows(fragment: u32, part: u32, sums: Sums) {
  if (part == 0u) { subgroupMatrixStore<row_major>(&staged[fragment], 0u, sums, PITCH); }
  else { subgroupMatrixStore<row_major>(&staged[fragment], 4u, sums, PITCH); }
}
// The first of them.
fn load_rows(fragment: u32) -> Sums { return subgroupMatrixLoad<Sums, row_major>(&staged[fragment], 0u, PITCH); }

// Two of four int8 in a word, the first and the third, as halves: scale · (value − offset) − minimum.
fn half_pair(word: u32, offset: f32, scale: f32, minimum: f32) -> u32 {
  // With its sign bit turned round a byte is 128 too large; behind the exponent of 1,024 it is a half as it stands.
  let values = bitcast<vec2<f16>>(((word ^ 0x00800080u) & 0x00ff00ffu) | 0x64006400u) - vec2<f16>(f16(1152.0 + offset));
  return bitcast<u32>(fma(values, vec2<f16>(f16(scale)), vec2<f16>(f16(-minimum))));
}
