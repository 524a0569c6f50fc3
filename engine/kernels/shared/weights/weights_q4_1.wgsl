// Reader of Q4_1 weights, MATRIX: array<vec4u>. Group: 256 columns of a tile of 16 rows, in this order:
//   nibbles [8 blocks][16 rows] 16 bytes; (d, m) [2][16 rows] 4 × 2 × f16
// group: index of the group, tile · groups in a row + group in the row; row, block: within the group.
#import "packed_block"
fn MATRIX_scales(group: u32, row: u32) -> Scales {
  return Scales(MATRIX[group * 160u + 128u + row], MATRIX[group * 160u + 144u + row]);
}

fn MATRIX_packed(group: u32, row: u32, block: u32, scales: Scales) -> PackedBlock {
  let words = MATRIX[group * 160u + block * 16u + row];
  let d_m = unpack2x16float(component(select(scales.first, scales.second, block >= 4u), block & 3u));
  return PackedBlock(low_nibbles(words), high_nibbles(words), vec2f(d_m.x), 0.0, -d_m.y);
}
