// Stored Q5_K: 176 bytes a block, scales, fifth bits, 256 nibbles. Planes: eight of nibbles, two of fifth bits, scales.
const GROUP_HALVES = 88u;
#import "stored_k_blocks"

fn stored_plane(share: Share, plane: u32) -> vec4u {
  if (plane < 8u) { return nibble_plane(share.at + 24u + 16u * (plane >> 1u), (plane & 1u) == 1u); }
  if (plane < 10u) {
    let run = (plane - 8u) * 4u + vec4u(0u, 1u, 2u, 3u);
    var bits = vec4u();
    for (var k = 0u; k < 8u; k++) {
      bits |= ((vec4u(word_at(share.at + 8u + 2u * k)) >> run) & vec4u(0x01010101u)) << vec4u(k);
    }
    return bits;
  }
  return k_scale_plane(share.at);
}
