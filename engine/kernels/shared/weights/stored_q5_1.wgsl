// Stored Q5_1: 24 bytes a block, f16 scale and minimum, fifth bits, 32 nibbles. Planes: one a block, then fifth bits, then
// scales with minima.
const GROUP_HALVES = 96u;
#import "stored_blocks32"

fn stored_plane(share: Share, plane: u32) -> vec4u {
  if (plane < 8u) { return block_words(share, plane, 12u, 4u); }
  if (plane < 10u) { return spread_fifth_bits(word_of_four(share, (plane - 8u) * 4u, 12u, 2u)); }
  return word_of_four(share, (plane - 10u) * 4u, 12u, 0u);
}
