// Stored Q6_K: 210 bytes a block, 256 low nibbles, 256 high pairs of bits, 16 int8 scales, f16 d. Planes: eight of nibbles,
// four of high bits, scales, then d of all 16 rows.
const GROUP_HALVES = 105u;
#import "stored_k_blocks"

fn stored_plane(share: Share, plane: u32) -> vec4u {
  if (plane < 8u) {
    let from_half = share.at + 32u * (plane >> 2u) + 16u * (plane & 1u);
    return nibble_plane(from_half, (plane & 2u) == 2u);
  }
  if (plane < 12u) {
    // Two runs of 32 values, two words each.
    let run = 2u * (plane - 8u) + vec4u(0u, 0u, 1u, 1u);
    let high_bits = share.at + 64u + 16u * ((plane >> 1u) & 1u);
    var bits = vec4u();
    for (var k = 0u; k < 4u; k++) {
      let first = word_at(high_bits + 2u * k);
      let second = word_at(high_bits + 8u + 2u * k);
      bits |= ((vec4u(first, second, first, second) >> (2u * (run & vec4u(3u)))) & vec4u(0x03030303u)) << vec4u(2u * k);
    }
    return bits;
  }
  if (plane < 13u) { return words_at(share.at + 96u); }
  var scales = vec4u();
  for (var i = 0u; i < 8u; i++) {
    let row = share.row * 8u + i;
    if (row < share.rows) {
      scales[i >> 1u] |= half_at(share.first + row * share.stride + 104u) << (16u * (i & 1u));
    }
  }
  return scales;
}
