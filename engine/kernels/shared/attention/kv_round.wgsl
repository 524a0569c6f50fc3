// How a block becomes int8 (cpu/kvRows.ts does the same): scale = its largest magnitude / 127, rounded up to the upper half of an f32,
// so that no value exceeds ±127 and every device rounds alike; values to the nearest multiple, ties to even.
// By bits: a NaN or an infinity counts as largest, so it reaches the scale and then the logits.
fn kv_largest_bits(values: vec4f) -> u32 {
  let bits = bitcast<vec4u>(values) & vec4u(0x7fffffffu);
  return max(max(bits.x, bits.y), max(bits.z, bits.w));
}
fn kv_scale_bits(largest: u32) -> u32 {
  return min((bitcast<u32>(bitcast<f32>(largest) * (1.0 / 127.0)) + 0xffffu) >> 16u, 0x7fffu);
}
fn kv_rounded(values: vec4f, scale: u32) -> u32 {
  // A scale too small for its inverse stands for zeros.
  let inverse = select(1.0 / bitcast<f32>(scale << 16u), 0.0, scale < 0x0100u);
  let bytes = vec4u(vec4i(round(clamp(values * inverse, vec4f(-127.0), vec4f(127.0))))) & vec4u(0xffu);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}
