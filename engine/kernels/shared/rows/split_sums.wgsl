// The lanes of a row, for kernels of (16, SPLITS) lanes: each sums every SPLITS-th run of BLOCKS blocks of 32 columns.
override SPLITS: u32 = 1u;
override BLOCKS: u32 = 8u; // divides 8

var<workgroup> shares: array<Sums, 16u * SPLITS>;

// Adds up what a row's lanes have; the first of them gets it. All lanes must come here.
fn sum_splits(own: Sums, lane: vec3u) -> Sums {
  var sums = own;
  if (SPLITS > 1u) {
    shares[lane.y * 16u + lane.x] = own;
    workgroupBarrier();
    if (lane.y == 0u) {
      for (var split = 1u; split < SPLITS; split++) { sums += shares[split * 16u + lane.x]; }
    }
  }
  return sums;
}
