// Reader of Q8_0 weights, MATRIX: array<vec4u>. Group: 256 columns of a tile of 16 rows, in this order:
//   int8 [8 blocks][2 halves][16 rows] 16 bytes; d [16 rows] 8 × f16
// group: index of the group, tile · groups in a row + group in the row; row, block: within the group.
#import "packed_block"
fn MATRIX_scales(group: u32, row: u32) -> Scales {
  return Scales(MATRIX[group * 272u + 256u + row], vec4u(0u));
}

fn MATRIX_packed(group: u32, row: u32, block: u32, scales: Scales) -> PackedBlock {
  let at = group * 272u + block * 32u + row;
  let pair = unpack2x16float(component(scales.first, block >> 1u));
  let d = select(pair.x, pair.y, (block & 1u) == 1u);
  return PackedBlock(MATRIX[at], MATRIX[at + 16u], vec2f(d), 0.0, 0.0);
}
