// F16 values, two a word. Infinity and NaN keep the exponent of infinity.
fn value_at(i: u32) -> f32 {
  let half = (floats[header + (i >> 1u)] >> (16u * (i & 1u))) & 0xffffu;
  let bits = bitcast<u32>(unpack2x16float(half).x);
  return bitcast<f32>(select(bits, 0x7f800000u, (half & 0x7c00u) == 0x7c00u));
}
