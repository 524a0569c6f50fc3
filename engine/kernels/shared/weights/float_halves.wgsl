// Halves as scales of blocks. A compiler may take it that no value is NaN or infinite, so that only their bits can tell.
fn is_finite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }

// The 16 bits of a scale ≥ 0, or of NaN: to the nearest, but up where halves are subnormal (format/quantize/half.ts). By bits,
// because pack2x16float may round either way.
fn scale_half(scale: f32, finite: bool) -> u32 {
  let word = bitcast<u32>(scale);
  let nearest = min(0x7bffu, (word + 0xfffu + ((word >> 13u) & 1u) - 0x38000000u) >> 13u);
  let above = u32(ceil(min(scale, 1f) * 16777216f));
  return select(0x7e00u, select(nearest, above, word < 0x38800000u), finite);
}
