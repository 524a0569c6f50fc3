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

// Multiplications for shifts, and signed bytes made floats where they stand: shifts are slow on software adapters.
fn MATRIX_packed(group: u32, row: u32, block: u32, scales: Scales) -> PackedBlock {
  let words = MATRIX[group * 210u + block * 16u + row];
  let at = group * 210u + 128u + (block >> 1u) * 16u + row;
  let odd = block & 1u;
  // Bits 2k and 2k + 1 of every byte belong to the value in word k, where they are bits 4 and 5.
  let masks = vec4u(0x03030303u, 0x0c0c0c0cu, 0x30303030u, 0xc0c0c0c0u);
  let low = vec4u(MATRIX[at][odd * 2u]) & masks;
  let high = vec4u(MATRIX[at][odd * 2u + 1u]) & masks;
  let low_bits = vec4u(low.x * 16u, low.y * 4u, low.z, low.w >> 2u);
  let high_bits = vec4u(high.x * 16u, high.y * 4u, high.z, high.w >> 2u);
  let four = component(scales.first, block >> 1u);
  let bytes = select(vec2u(four * 0x1000000u, (four & 0xff00u) * 0x10000u),
    vec2u((four & 0xff0000u) * 0x100u, four & 0xff000000u), odd == 1u);
  let scale = vec2f(bitcast<vec2i>(bytes)) * (bitcast<f32>(scales.second.x) * 0x1p-24);
  return PackedBlock(low_nibbles(words) | low_bits, high_nibbles(words) | high_bits, scale, 32.0, 0.0);
}
