// This lane's share of row `row` of tile `tile` of the chosen experts' matrices: every SPLITS-th run of BLOCKS blocks of all
// slots together. A slot's input has `groups` groups of 256 columns; the kernel says who is chosen: slot_id, slot_share.
fn MATRIX_experts(first_group: u32, tile: u32, tiles: u32, groups: u32, used: u32, row: u32, split: u32) -> f32 {
  let runs = groups * 8u / BLOCKS;
  var share = 0.0;
  for (var work = split; work < used * runs; work += SPLITS) {
    let slot = work / runs;
    let start = (work % runs) * BLOCKS;
    let group = first_group + (slot_id(slot) * tiles + tile) * groups + start / 8u;
    let block_scales = MATRIX_scales(group, row);
    var sum = 0.0;
    for (var i = 0u; i < BLOCKS; i++) {
      let block = MATRIX_packed(group, row, (start & 7u) + i, block_scales);
      sum += dot_block(block, slot * groups * 8u + start + i);
    }
    share += slot_share(slot) * sum;
  }
  return share;
}
