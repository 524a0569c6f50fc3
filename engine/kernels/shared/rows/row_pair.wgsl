// A lane's row of each of two tiles of `weight`, so that activations are loaded once for both.
#import "split_sums"

// This lane's share of the products of rows `tile` · 16 + lane.x and `partner` · 16 + lane.x.
fn pair_sums(tile: u32, partner: u32, rows: Rows, lane: vec3u) -> Sums {
  var sums = Sums();
  for (var run = lane.y; run < GROUPS * 8u / BLOCKS; run += SPLITS) {
    let start = run * BLOCKS;
    let first_group = tile * GROUPS + start / 8u;
    let second_group = partner * GROUPS + start / 8u;
    let first_scales = weight_scales(first_group, lane.x);
    let second_scales = weight_scales(second_group, lane.x);
    for (var i = 0u; i < BLOCKS; i++) {
      let block = (start & 7u) + i;
      let first = weight_block(first_group, lane.x, block, first_scales);
      let second = weight_block(second_group, lane.x, block, second_scales);
      sums += dot_rows(first, second, rows, start + i);
    }
  }
  return sums;
}
