// What lanes of a workgroup tell each other, where subgroups have 32 lanes: shuffles in place of barriers.
enable subgroups;
diagnostic(off, subgroup_uniformity);
const SUBGROUP = 32u;

// Sixteen lanes that follow each other have a tile's values. Call show_tiles from all lanes, the others after it.
fn show_tiles(lane: u32, value: f32, other: f32) {}

fn tile_block(lane: u32, value: f32) -> QuantizedBlock {
  let first = lane & 16u;
  var fours: array<vec4f, 4>;
  for (var i = 0u; i < 4u; i++) {
    fours[i] = vec4f(subgroupShuffle(value, first + 4u * i), subgroupShuffle(value, first + 4u * i + 1u),
      subgroupShuffle(value, first + 4u * i + 2u), subgroupShuffle(value, first + 4u * i + 3u));
  }
  return quantize_block(fours[0], fours[1], fours[2], fours[3]);
}

fn tile_sum(lane: u32, other: f32) -> f32 {
  var sum = other;
  for (var step = 1u; step < 16u; step *= 2u) { sum += subgroupShuffleXor(sum, step); }
  return sum;
}
