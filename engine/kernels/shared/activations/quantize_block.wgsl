// Sixteen values as an int8 block: the bytes, the scale, scale·Σ values, as quantize_rows makes them.
requires packed_4x8_integer_dot_product;
struct QuantizedBlock { words: vec4u, scale: f32, sum: f32 }

fn rounded(values: vec4f) -> vec4i { return vec4i(round(clamp(values, vec4f(-127.0), vec4f(127.0)))); }

// By bits: a NaN or an infinity counts as largest, so it reaches the scale and then the logits.
fn largest_bits(values: vec4f) -> u32 {
  let bits = bitcast<vec4u>(values) & vec4u(0x7fffffffu);
  return max(max(bits.x, bits.y), max(bits.z, bits.w));
}

fn quantize_block(a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> QuantizedBlock {
  let largest = max(max(largest_bits(a), largest_bits(b)), max(largest_bits(c), largest_bits(d)));
  let inverse = select(127.0 / bitcast<f32>(largest), 0.0, largest < 0x00800000u);
  let fours = array(rounded(a * inverse), rounded(b * inverse), rounded(c * inverse), rounded(d * inverse));
  let sums = fours[0] + fours[1] + fours[2] + fours[3];
  let scale = bitcast<f32>(largest) / 127.0;
  return QuantizedBlock(
    vec4u(pack4xI8(fours[0]), pack4xI8(fours[1]), pack4xI8(fours[2]), pack4xI8(fours[3])),
    scale, scale * f32(sums.x + sums.y + sums.z + sums.w));
}
