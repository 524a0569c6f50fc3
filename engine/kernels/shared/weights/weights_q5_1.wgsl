// Reader of Q5_1 weights, MATRIX: array<vec4u>. Group: 256 columns of a tile of 16 rows, in this order:
//   nibbles [8 blocks][16 rows] 16 bytes; fifth bits [2][16 rows] 4 × u32; (d, m) [2][16 rows] 4 × 2 × f16
// group: index of the group, tile · groups in a row + group in the row; row, block: within the group.
#import "packed_block"
fn MATRIX_scales(group: u32, row: u32) -> Scales {
  return Scales(MATRIX[group * 192u + 160u + row], MATRIX[group * 192u + 176u + row]);
}

fn MATRIX_packed(group: u32, row: u32, block: u32, scales: Scales) -> PackedBlock {
  let words = MATRIX[group * 192u + block * 16u + row];
  let bits = component(MATRIX[group * 192u + 128u + (block >> 2u) * 16u + row], block & 3u);
  let d_m = unpack2x16float(component(select(scales.first, scales.second, block >= 4u), block & 3u));
  return PackedBlock(
    low_nibbles(words) | fifth_bits(bits), high_nibbles(words) | fifth_bits(bits >> 4u), vec2f(d_m.x), 0.0, -d_m.y);
}
