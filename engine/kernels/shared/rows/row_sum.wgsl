// This lane's share of row `row` of a tile of MATRIX times the input row whose blocks start at `first_block`: every
// SPLITS-th run of BLOCKS blocks of 32 columns. first_group: the tile's first group of 256 columns, of `groups`.
fn MATRIX_sum(first_group: u32, groups: u32, row: u32, split: u32, first_block: u32) -> f32 {
  var sum = 0.0;
  for (var run = split; run < groups * 8u / BLOCKS; run += SPLITS) {
    let start = run * BLOCKS;
    let group = first_group + start / 8u;
    let scales = MATRIX_scales(group, row);
    for (var i = 0u; i < BLOCKS; i++) {
      sum += dot_block(MATRIX_packed(group, row, (start & 7u) + i, scales), first_block + start + i);
    }
  }
  return sum;
}
