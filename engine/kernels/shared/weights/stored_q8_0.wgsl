// Stored Q8_0: 34 bytes a block, f16 scale and 32 int8. Planes: two a block, then scales.
const GROUP_HALVES = 136u;
#import "stored_blocks32"

fn stored_plane(share: Share, plane: u32) -> vec4u {
  if (plane < 16u) { return block_words(share, plane >> 1u, 17u, 1u + 8u * (plane & 1u)); }
  return scales_of_eight(share, 17u);
}
