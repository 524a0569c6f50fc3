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

// Of attention, whose teams are 32 lanes that follow each other: what lane ^ step has.
fn across(lane: u32, value: f32, step: u32) -> f32 { return subgroupShuffleXor(value, step); }
fn fours_across(lane: u32, value: vec4f, step: u32) -> vec4f { return subgroupShuffleXor(value, step); }

// What the lanes of the team have that stand for a key's four heads.
fn four_heads(lane: u32, value: f32, key: u32) -> vec4f {
  let first = 8u * key;
  return vec4f(subgroupShuffle(value, first), subgroupShuffle(value, first + 2u),
    subgroupShuffle(value, first + 4u), subgroupShuffle(value, first + 6u));
}

// Whether the team may leave out what none of its lanes needs.
fn leaves_out(needless: bool) -> bool { return subgroupAll(needless); }
