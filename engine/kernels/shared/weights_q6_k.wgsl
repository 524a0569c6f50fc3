// Reader of Q6_K weights, MATRIX: array<vec4u>. Group: 256 columns of a tile of 16 rows, in this order:
//   nibbles [8 blocks][16 rows] 16 bytes; bits 4–5 [4][16 rows] 2 × 2 × u32; scales [16 rows] 16 × int8; d [16 rows] f16
// group: index of the group, tile · groups in a row + group in the row; row, block: within the group.
#import "packed_block"
fn MATRIX_scales(group: u32, row: u32) -> Scales {
  let eight = MATRIX[group * 210u + 208u + (row >> 3u)];
  let four = select(eight.xy, eight.zw, (row & 4u) != 0u);
  let two = unpack2x16float(select(four.x, four.y, (row & 2u) != 0u));
  let d = select(two.x, two.y, (row & 1u) != 0u);
  return Scales(MATRIX[group * 210u + 192u + row], vec4u(bitcast<u32>(d)));
}

fn MATRIX_packed(group: u32, row: u32, block: u32, scales: Scales) -> PackedBlock {
  let words = MATRIX[group * 210u + block * 16u + row];
  let four = MATRIX[group * 210u + 128u + (block >> 1u) * 16u + row];
  let odd = (block & 1u) == 1u;
  // Bits 2k and 2k + 1 of every byte belong to the value in word k.
  let bits = select(four.xy, four.zw, odd);
  let shifts = vec4u(0u, 2u, 4u, 6u);
  let low_bits = ((vec4u(bits.x) >> shifts) & vec4u(0x03030303u)) << vec4u(4u);
  let high_bits = ((vec4u(bits.y) >> shifts) & vec4u(0x03030303u)) << vec4u(4u);
  let pair = component(scales.first, block >> 1u) >> select(0u, 16u, odd);
  let scale = vec2f(vec2i(vec2u(pair << 24u, pair << 16u)) >> vec2u(24u)) * bitcast<f32>(scales.second.x);
  return PackedBlock(low_nibbles(words) | low_bits, high_nibbles(words) | high_bits, scale, 32.0, 0.0);
}
