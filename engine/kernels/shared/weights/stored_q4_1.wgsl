// Stored Q4_1: 20 bytes a block, f16 scale and minimum, 32 nibbles. Planes: one a block, then scales with minima.
const GROUP_HALVES = 80u;
#import "stored_blocks32"

fn stored_plane(share: Share, plane: u32) -> vec4u {
  if (plane < 8u) { return block_words(share, plane, 10u, 2u); }
  return word_of_four(share, (plane - 8u) * 4u, 10u, 0u);
}
