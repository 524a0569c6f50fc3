// row_sum where `groups` is known when the kernel is compiled: a loop whose end a compiler sees is written out, and the loads of several
// sums go out together.
fn MATRIX_sum(first_group: u32, groups: u32, row: u32, split: u32, first_block: u32) -> f32 {
  let runs = groups * 8u / BLOCKS;
  var sum = 0.0;
  for (var turn = 0u; turn < (runs + SPLITS - 1u) / SPLITS; turn++) {
    let run = turn * SPLITS + split;
    if (runs % SPLITS != 0u && run >= runs) { break; }
    let start = run * BLOCKS;
    let group = first_group + start / 8u;
    let scales = MATRIX_scales(group, row);
    for (var i = 0u; i < BLOCKS; i++) {
      sum += dot_block(MATRIX_packed(group, row, (start & 7u) + i, scales), first_block + start + i);
    }
  }
  return sum;
}
