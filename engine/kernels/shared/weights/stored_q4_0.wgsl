// Stored Q4_0: 18 bytes a block, f16 scale and 32 nibbles. Planes: one a block, then scales.
const GROUP_HALVES = 72u;
#import "stored_blocks32"

fn stored_plane(share: Share, plane: u32) -> vec4u {
  if (plane < 8u) { return block_words(share, plane, 9u, 1u); }
  return scales_of_eight(share, 9u);
}
