// Joins the shares that the SPLITS lanes of each of 16 rows have summed: lanes with split 0 get the row's sum.
override SPLITS: u32;
override BLOCKS: u32;
var<workgroup> split_shares: array<f32, 16u * SPLITS>;

fn join_splits(share: f32, row: u32, split: u32) -> f32 {
  split_shares[split * 16u + row] = share;
  workgroupBarrier();
  var sum = 0.0;
  if (split == 0u) {
    for (var i = 0u; i < SPLITS; i++) { sum += split_shares[i * 16u + row]; }
  }
  return sum;
}
