// Reader of Q4_K weights, MATRIX: array<vec4u>. Group: 256 columns of a tile of 16 rows, in this order:
//   nibbles [8 blocks][16 rows] 16 bytes; scales [16 rows] 16 bytes (k_scales)
// group: index of the group, tile · groups in a row + group in the row; row, block: within the group.
#import "packed_block"
#import "k_scales"
fn MATRIX_scales(group: u32, row: u32) -> Scales {
  return Scales(MATRIX[group * 144u + 128u + row], vec4u(0u));
}

fn MATRIX_packed(group: u32, row: u32, block: u32, scales: Scales) -> PackedBlock {
  let words = MATRIX[group * 144u + block * 16u + row];
  let scale = k_scale(scales.first, block);
  return PackedBlock(low_nibbles(words), high_nibbles(words), scale.xx, 0.0, scale.y);
}
