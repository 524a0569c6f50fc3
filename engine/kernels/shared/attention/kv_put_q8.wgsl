// Writes a four of new_MATRIX(row, unit), which the kernel has, into a cache of q8 (kv_q8). Each lane finds the scale of its four's
// block; every sixteenth writes a pair of them.
#import "kv_round"
fn kv_scale_MATRIX(row: u32, block: u32) -> u32 {
  var largest = 0u;
  for (var unit = block * 8u; unit < min(block * 8u + 8u, UNITS); unit++) {
    largest = max(largest, kv_largest_bits(new_MATRIX(row, unit)));
  }
  return kv_scale_bits(largest);
}
fn kv_put_MATRIX(row: u32, unit: u32) {
  let scale = kv_scale_MATRIX(row, unit / 8u);
  MATRIX[row * UNITS + unit] = kv_rounded(new_MATRIX(row, unit), scale);
  if (unit % 16u == 0u) { MATRIX[kv_scales_at(row, unit)] = scale | (kv_scale_MATRIX(row, unit / 8u + 1u) << 16u); }
}
