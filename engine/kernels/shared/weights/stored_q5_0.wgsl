// Stored Q5_0: 22 bytes a block, f16 scale, fifth bits, 32 nibbles. Planes: one a block, then fifth bits, then scales.
const GROUP_HALVES = 88u;
#import "stored_blocks32"

fn stored_plane(share: Share, plane: u32) -> vec4u {
  if (plane < 8u) { return block_words(share, plane, 11u, 3u); }
  if (plane < 10u) { return spread_fifth_bits(word_of_four(share, (plane - 8u) * 4u, 11u, 1u)); }
  return scales_of_eight(share, 11u);
}
