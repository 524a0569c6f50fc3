// Stored Q4_K: 144 bytes a block, scales and 256 nibbles. Planes: eight of nibbles, then scales.
const GROUP_HALVES = 72u;
#import "stored_k_blocks"

fn stored_plane(share: Share, plane: u32) -> vec4u {
  if (plane < 8u) { return nibble_plane(share.at + 8u + 16u * (plane >> 1u), (plane & 1u) == 1u); }
  return k_scale_plane(share.at);
}
